import Artefacts
import Foundation
import Replica
import Settings
import Streams

/// `freshet models list` and `freshet models rollback KIND`.
struct ModelsCommand {
  private static let flushLimit = Duration.seconds(10)
  /// What a person wants to see of a version, where it has it.
  private static let shownMetadata = ["ndcg10", "validation_ndcg", "trees", "items", "events", "groups"]

  private let settings: FreshetSettings
  private let action: FreshetCommand.ModelsAction

  init(_ settings: FreshetSettings, _ action: FreshetCommand.ModelsAction) {
    self.settings = settings
    self.action = action
  }

  func run() throws {
    let directory = settings.artefactDirectory
    guard FileManager.default.fileExists(atPath: directory) else {
      throw CommandError(
        "\(directory) is not there: nothing was trained on this state; name another with --state")
    }
    let artefacts = try ArtefactStore(directory: directory, keep: settings.artefacts.keep)
    switch action {
    case .list: Output.print(try list(artefacts))
    case .rollback(let kind): try rollBack(kind, artefacts)
    }
  }

  private func list(_ artefacts: ArtefactStore) throws -> String {
    var lines: [String] = []
    for kind in try artefacts.kinds() {
      let current = try artefacts.current(kind)
      for version in try artefacts.versions(of: kind) {
        let standing = version.isWithdrawn ? "withdrawn" : (version.number == current?.number ? "current" : "earlier")
        let time = Date(timeIntervalSince1970: Double(version.createdMs) / 1_000).ISO8601Format()
        let figures = Self.shownMetadata.compactMap { name in
          version.metadata[name].map { "\(name) \(String(decoding: $0.bytes, as: UTF8.self))" }
        }
        lines.append(
          "\(version.name)  \(standing)  \(time)  \(version.size) bytes"
            + (figures.isEmpty ? "" : "  " + figures.joined(separator: ", ")))
      }
    }
    return lines.isEmpty ? "no model yet in \(artefacts.directory)\n" : lines.map { $0 + "\n" }.joined()
  }

  private func rollBack(_ kind: String, _ artefacts: ArtefactStore) throws {
    // Snapshots of the item state are no model: an older one would only be followed up again.
    let kinds = try artefacts.kinds().filter { $0 != ItemSnapshot.kind }
    guard kinds.contains(kind) else {
      let known = kinds.isEmpty ? "there is none yet" : "there are: \(kinds.joined(separator: ", "))"
      throw CommandError("\"\(kind)\" is no kind of model in \(artefacts.directory); \(known)")
    }
    let version = try artefacts.rollback(kind)
    Output.print("\(version.name) is current\n")
    // Without a broker the processes find it by themselves, at their next look into the directory.
    guard settings.kafka.brokers != nil else { return }
    let producer = try StreamProducer(try KafkaAddress.configuration(settings))
    KafkaAnnouncer(producer, topic: settings.topics.models).announce(version)
    if !producer.close(within: Self.flushLimit) {
      Output.error("the broker did not take the announcement; processes find the version at their next look\n")
    }
  }
}
