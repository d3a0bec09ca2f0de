import Glibc

/// Why an artefact could not be written, found or read.
public struct ArtefactError: Error, CustomStringConvertible, Sendable {
  public enum Code: String, Sendable {
    /// No room on the file system, or a quota or limit is reached.
    case full
    /// The file system refused or failed.
    case unavailable
    /// No such kind, version or file.
    case notFound
    /// Torn, truncated or changed after it was written.
    case damaged
    /// Not an artefact of this program, of this kind, or of a version that it can read.
    case foreign
    /// The caller's names or sizes are out of bounds.
    case invalid
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(message) [artefacts: \(code.rawValue)]" }

  /// The failure of a system call, by `errno`.
  static func system(_ doing: String, _ path: String, _ number: Int32 = errno) -> ArtefactError {
    let reason = String(cString: strerror(number))
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      return ArtefactError(
        .full,
        "\(doing) \(path): \(reason); make room or lower artefacts.keep; the version before stays in service")
    case ENOENT: return ArtefactError(.notFound, "\(doing) \(path): \(reason)")
    default:
      return ArtefactError(
        .unavailable, "\(doing) \(path): \(reason); look at the folder's owner and rights (artefacts.directory)")
    }
  }
}
