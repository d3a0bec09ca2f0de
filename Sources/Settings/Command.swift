/// One command of the program.
public struct Command: Sendable {
  /// What stands behind the command besides flags.
  public enum Operands: Sendable, Equatable {
    case none
    /// Exactly one, by the name that help shows.
    case one(String)
    /// At most one.
    case optional(String)
    /// One or more.
    case several(String)

    var usage: String {
      switch self {
      case .none: ""
      case .one(let name): " \(name)"
      case .optional(let name): " [\(name)]"
      case .several(let name): " \(name)..."
      }
    }
  }

  /// A word behind the command that says what to do: `topics apply`.
  public struct Action: Sendable {
    public let name: String
    public let help: String
    public let operands: Operands

    public init(_ name: String, _ help: String, operands: Operands = .none) {
      self.name = name
      self.help = help
      self.operands = operands
    }
  }

  public let name: String
  public let help: String
  public let operands: Operands
  /// The first is taken when none is given.
  public let actions: [Action]
  /// Keys of the settings that it takes; one that ends in `.` is a whole group.
  public let settings: [String]
  public let examples: [String]

  public init(
    _ name: String, _ help: String, operands: Operands = .none, actions: [Action] = [], settings: [String] = [],
    examples: [String]
  ) {
    self.name = name
    self.help = help
    self.operands = operands
    self.actions = actions
    self.settings = settings
    self.examples = examples
  }

  func takes(_ key: String) -> Bool { settings.contains { $0.hasSuffix(".") ? key.hasPrefix($0) : key == $0 } }
}
