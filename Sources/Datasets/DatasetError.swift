/// What is wrong with a data set's file, and where.
public struct DatasetError: Error, CustomStringConvertible, Sendable, Equatable {
  public let file: String
  /// Counted from 1; 0 where the fault is the file as a whole.
  public let line: Int
  public let message: String

  public init(file: String, line: Int = 0, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  public var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}
