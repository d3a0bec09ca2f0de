/// Why a shard cannot be worked on.
public struct IngestError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// The stored position belongs to another log, or lies beyond this one's end.
    case otherLog
    /// A stored record cannot be read.
    case corruptRecord
    /// The configuration cannot work.
    case configuration
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [ingest: \(code.rawValue)]" }
}
