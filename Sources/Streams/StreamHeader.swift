/// One header of a record: a name, and bytes or nothing. Names may repeat.
public struct StreamHeader: Sendable, Equatable {
  public let name: String
  public let value: [UInt8]?

  public init(_ name: String, _ value: [UInt8]?) {
    self.name = name
    self.value = value
  }

  public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

  /// The value as text; invalid UTF-8 is replaced.
  public var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
