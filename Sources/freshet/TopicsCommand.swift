import Settings
import Streams

/// `freshet topics describe` and `apply`: the topics as they are declared, beside those that are there.
struct TopicsCommand {
  private let settings: FreshetSettings
  private let action: FreshetCommand.TopicsAction

  init(_ settings: FreshetSettings, _ action: FreshetCommand.TopicsAction) {
    self.settings = settings
    self.action = action
  }

  func run() throws {
    let administrator = try TopicAdministrator(try KafkaAddress.configuration(settings))
    let definitions = TopicTable.definitions(settings)
    switch action {
    case .describe: Output.print(Self.text(try administrator.describe(definitions)))
    case .apply:
      let made = try administrator.apply(definitions, replication: settings.kafka.replication)
      Output.print(
        made.isEmpty ? "every topic is there as declared\n" : made.map { "made \($0)\n" }.joined())
    }
  }

  /// A line for each topic: name, partitions, retention, clean-up, and how it stands.
  static func text(_ findings: [TopicAdministrator.Finding]) -> String {
    let width = findings.map { $0.definition.name.count }.max() ?? 0
    return findings.map { finding in
      let definition = finding.definition
      let name = definition.name + String(repeating: " ", count: width - definition.name.count)
      let kept = definition.retentionMs.map { $0 < 0 ? "for ever" : "\($0 / 86_400_000) days" } ?? "as the broker says"
      return "\(name)  \(definition.partitions) partitions, \(definition.cleanupPolicy.rawValue), kept \(kept): "
        + "\(standing(finding))\n"
    }.joined()
  }

  private static func standing(_ finding: TopicAdministrator.Finding) -> String {
    guard let found = finding.foundPartitions else { return "missing (freshet topics apply makes it)" }
    return finding.isAsDeclared ? "as declared" : "has \(found) partitions: set kafka.partitions, or use another topic"
  }
}
