/// How the values of a setting are read and written.
public struct ValueFormat<Value: Sendable>: Sendable {
  /// What stands behind the flag in help: `1...65535`, `SECONDS`, `auto|json|human`.
  public let hint: String
  public let shape: ValueShape
  /// Reads a text; a map reads `name=value,...` into the value that is there, so that it adds to the defaults.
  let read: @Sendable (String, inout Value) throws(InvalidValue) -> Void
  let write: @Sendable (Value) -> String

  public init(
    hint: String, shape: ValueShape = .text,
    read: @escaping @Sendable (String, inout Value) throws(InvalidValue) -> Void,
    write: @escaping @Sendable (Value) -> String
  ) {
    self.hint = hint
    self.shape = shape
    self.read = read
    self.write = write
  }
}

/// What a value looks like in a file.
public enum ValueShape: Sendable {
  /// In quotes.
  case text
  /// Without quotes.
  case number
  /// `true` or `false`; on the command line `--name` and `--no-name`.
  case flag
  /// Texts between commas; an array in a file.
  case list
  /// `name=text` between commas; a table in a file.
  case textMap
  /// `name=number` between commas; a table in a file.
  case numberMap
}
