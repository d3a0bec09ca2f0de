/// What can go wrong with a vector index.
public struct RetrievalError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// A vector holds a NaN or an infinity: the model that made it is broken.
    case notFinite
    /// A count or a length does not fit.
    case badInput
    /// Bytes that hold no index of ours.
    case corrupt
    /// FAISS refused; the message has its words.
    case faiss
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [\(code.rawValue)]" }
}
