import JSON

/// A topic as it should be: a line of `streams/topics.json`.
public struct TopicDefinition: Sendable, Equatable {
  public enum CleanupPolicy: String, Sendable, CaseIterable {
    /// Records go when they are older than the retention.
    case delete
    /// The newest record of each key stays.
    case compact
  }

  public static let partitionLimit = 1_024

  public var name: String
  /// The setting that renames the topic, such as `topics.interactions`; nil for one that has a fixed name.
  public var setting: String?
  public var partitions: Int
  /// The setting that gives another partition count.
  public var partitionsSetting: String?
  /// nil takes the broker's; -1 keeps records for ever.
  public var retentionMs: Int64?
  public var cleanupPolicy: CleanupPolicy
  /// Why it is as it is.
  public var description: String

  public init(
    _ name: String, partitions: Int, retentionMs: Int64? = nil, cleanupPolicy: CleanupPolicy = .delete,
    description: String = ""
  ) {
    self.name = name
    self.partitions = partitions
    self.retentionMs = retentionMs
    self.cleanupPolicy = cleanupPolicy
    self.description = description
  }

  /// Reads `{"topics": [{"name", "partitions", "retention_ms", "cleanup_policy", "setting", "partitions_setting",
  /// "description"}]}`; other members are for people.
  public static func parse(_ bytes: [UInt8]) throws(StreamError) -> [TopicDefinition] {
    let document: JSONValue
    do { document = try JSONValue.parse(bytes) } catch {
      throw StreamError(.configuration, "topic definitions: \(error)")
    }
    guard let topics = document["topics"]?.arrayValue else {
      throw StreamError(.configuration, "topic definitions: \"topics\" must be an array")
    }
    var result: [TopicDefinition] = []
    for (index, topic) in topics.enumerated() {
      let definition = try TopicDefinition(topic, "topics[\(index)]")
      if result.contains(where: { $0.name == definition.name }) {
        throw StreamError(.configuration, "topics[\(index)].name: \"\(definition.name)\" is there twice")
      }
      result.append(definition)
    }
    return result
  }

  private init(_ value: JSONValue, _ path: String) throws(StreamError) {
    func fail(_ field: String, _ why: String) -> StreamError { StreamError(.configuration, "\(path).\(field): \(why)") }
    guard let name = value["name"]?.stringValue, !name.isEmpty else { throw fail("name", "must be a string") }
    guard let partitions = value["partitions"]?.integerValue, (1...Int64(Self.partitionLimit)).contains(partitions)
    else { throw fail("partitions", "must be an integer from 1 to \(Self.partitionLimit)") }
    var retention: Int64?
    if let field = value["retention_ms"], field != .null {
      guard let number = field.integerValue, number >= -1 else {
        throw fail("retention_ms", "must be an integer >= -1")
      }
      retention = number
    }
    var policy = CleanupPolicy.delete
    if let field = value["cleanup_policy"] {
      guard let named = field.stringValue.flatMap(CleanupPolicy.init(rawValue:)) else {
        throw fail("cleanup_policy", "must be \"delete\" or \"compact\"")
      }
      policy = named
    }
    self.init(
      name, partitions: Int(partitions), retentionMs: retention, cleanupPolicy: policy,
      description: value["description"]?.stringValue ?? "")
    setting = value["setting"]?.stringValue
    partitionsSetting = value["partitions_setting"]?.stringValue
  }
}
