/// The program's settings and commands: the one source of flags, variables, file keys, help and documentation.
public struct SettingsTable<Root: Sendable>: Sendable {
  public let program: String
  public let summary: String
  public let version: String
  public let defaults: Root
  public let settings: [Setting<Root>]
  public let commands: [Command]
  /// Keys (or groups, ending in `.`) that every command takes.
  public let common: [String]
  /// Variables with the program's prefix that belong to its tests and scripts.
  public let foreignVariables: [String]

  /// - Precondition: keys, flags and variables are unique; every key of a command exists.
  public init(
    program: String, summary: String, version: String, defaults: Root, settings: [Setting<Root>], commands: [Command],
    common: [String] = [], foreignVariables: [String] = []
  ) {
    self.program = program
    self.summary = summary
    self.version = version
    self.defaults = defaults
    self.settings = settings
    self.commands = commands
    self.common = common
    self.foreignVariables = foreignVariables
    for names in [settings.map(\.key), settings.map(\.flag), settings.map(\.environment), commands.map(\.name)] {
      let twice = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys
      precondition(twice.isEmpty, "declared twice: \(twice)")
    }
    for pattern in commands.flatMap(\.settings) + common {
      precondition(
        settings.contains { pattern.hasSuffix(".") ? $0.key.hasPrefix(pattern) : $0.key == pattern },
        "no setting is called \(pattern)")
    }
  }

  /// The settings that a command takes, in the table's order.
  func usable(by command: Command) -> [Setting<Root>] {
    settings.filter { setting in
      command.takes(setting.key)
        || common.contains { $0.hasSuffix(".") ? setting.key.hasPrefix($0) : setting.key == $0 }
    }
  }

  func command(named name: String) throws(SettingsProblem) -> Command {
    guard let command = commands.first(where: { $0.name == name }) else {
      let what = name.hasPrefix("-") ? "the command comes first, then its flags; \"\(name)\" is" : "\"\(name)\" is"
      throw SettingsProblem(
        "\(what) not a command" + Suggestion.forText(name, among: commands.map(\.name))
          + "\nRun \(program) --help for the list.")
    }
    return command
  }
}
