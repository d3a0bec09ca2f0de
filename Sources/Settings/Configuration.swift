/// Where a value came from.
public enum Origin: Sendable, Equatable, CustomStringConvertible {
  case builtIn
  /// `freshet.toml:3:8`
  case file(String)
  /// The variable's name.
  case environment(String)
  /// The flag as written.
  case flag(String)

  public var description: String {
    switch self {
    case .builtIn: "default"
    case .file(let place): place
    case .environment(let name): name
    case .flag(let name): name
    }
  }
}

/// What a command line asks for, read completely.
public struct Configuration<Root: Sendable>: Sendable {
  public let command: Command
  /// One of the command's actions; nil when it has none.
  public let action: String?
  public let operands: [String]
  public let values: Root
  /// By key; a map that several places added to names the last.
  public let origins: [String: Origin]
}

/// The result of reading a command line.
public enum Invocation<Root: Sendable>: Sendable {
  /// Print it, exit 0: help or the version.
  case text(String)
  case run(Configuration<Root>)
}
