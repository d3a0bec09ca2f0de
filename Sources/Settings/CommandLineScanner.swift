/// Reads the words behind a command, by GNU's conventions.
struct CommandLineScanner<Root: Sendable> {
  struct Given {
    let setting: Setting<Root>
    /// As written: `--port` or `--no-open`.
    let name: String
    let text: String
  }

  private(set) var given: [Given] = []
  private(set) var operands: [String] = []
  private(set) var configurationFile: String?
  private(set) var wantsHelp = false

  private let command: Command
  private let usable: [Setting<Root>]
  private let all: [Setting<Root>]

  static var configurationFlag: String { "--config" }

  init(_ words: ArraySlice<String>, command: Command, table: SettingsTable<Root>) throws(SettingsProblem) {
    self.command = command
    usable = table.usable(by: command)
    all = table.settings
    var rest = words
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      if word == "--help" || word == "-h" {
        wantsHelp = true
        return
      }
      if word.hasPrefix("-") && word != "-" { try flag(word, &rest) } else { operands.append(word) }
    }
  }

  private mutating func flag(_ word: String, _ rest: inout ArraySlice<String>) throws(SettingsProblem) {
    let mark = word.hasPrefix("--") ? word.firstIndex(of: "=") : nil
    let name = mark.map { String(word[..<$0]) } ?? word
    let attached = mark.map { String(word[word.index(after: $0)...]) }
    if name == Self.configurationFlag {
      configurationFile = try value(attached, &rest, name, "FILE")
      return
    }
    if let setting = usable.first(where: { $0.flag == name || $0.short.map { "-\($0)" } == name }) {
      if setting.shape == .flag {
        given.append(Given(setting: setting, name: name, text: attached ?? "true"))
      } else {
        given.append(Given(setting: setting, name: name, text: try value(attached, &rest, name, setting.hint)))
      }
      return
    }
    if name.hasPrefix("--no-"), let setting = usable.first(where: { $0.flag == "--" + name.dropFirst(5) }),
      setting.shape == .flag
    {
      guard attached == nil else { throw SettingsProblem("\(command.name): \(name) takes no value") }
      given.append(Given(setting: setting, name: name, text: "false"))
      return
    }
    if all.contains(where: { $0.flag == name }) {
      throw SettingsProblem("\(command.name) does not take \(name); see \(command.name) --help")
    }
    let known = usable.map(\.flag) + [Self.configurationFlag, "--help"]
    throw SettingsProblem("\(command.name): unknown flag \(name)" + Suggestion.forText(name, among: known))
  }

  /// A value may begin with a dash only behind `=`: `--limit --seed 1` is a value that was forgotten. Negative numbers
  /// are values.
  private func value(
    _ attached: String?, _ rest: inout ArraySlice<String>, _ name: String, _ hint: String
  ) throws(SettingsProblem) -> String {
    if let attached { return attached }
    guard let value = rest.first, !value.hasPrefix("-") || value == "-" || Double(value) != nil else {
      throw SettingsProblem("\(command.name): \(name) needs a value (\(hint))")
    }
    rest.removeFirst()
    return value
  }
}
