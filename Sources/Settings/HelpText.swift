extension SettingsTable {
  /// The list of commands.
  public func help() -> String {
    "\(summary)\n\nUsage: \(program) COMMAND [flags]\n\nCommands:\n"
      + columns(commands.map { ($0.name, $0.help) })
      + "\nRun \(program) COMMAND --help for its flags and examples, \(program) --version for the version.\n"
  }

  /// A command's usage, flags and examples.
  public func help(for command: Command) -> String {
    var usage = "\(program) \(command.name)"
    if !command.actions.isEmpty { usage += " [\(command.actions.map(\.name).joined(separator: "|"))]" }
    var text = "\(command.help)\n\nUsage: \(usage)\(command.operands.usage) [flags]\n"
    if !command.actions.isEmpty {
      text += "\nActions:\n" + columns(command.actions.map { ($0.name + $0.operands.usage, $0.help) })
    }
    let flags = usable(by: command).map { setting in
      let short = setting.short.map { "-\($0), " } ?? "    "
      return (short + setting.flag + (setting.hint.isEmpty ? "" : " \(setting.hint)"), describe(setting))
    }
    let standard = [
      ("    \(CommandLineScanner<Root>.configurationFlag) FILE", "settings in TOML [\(environmentPrefix)CONFIG]"),
      ("-h, --help", "this text"),
    ]
    text += "\nFlags:\n" + columns(flags + standard)
    if !command.examples.isEmpty { text += "\nExamples:\n" + command.examples.map { "  \($0)\n" }.joined() }
    return text
  }

  private func describe(_ setting: Setting<Root>) -> String {
    let standard = setting.shown(defaults)
    let note = standard.isEmpty || setting.shape == .flag && standard == "false" ? "" : " (default \(standard))"
    return setting.help + note + " [\(setting.environment)]"
  }

  private func columns(_ rows: [(String, String)]) -> String {
    // Wider first columns get a line of their own.
    let width = min(36, rows.map(\.0.count).max() ?? 0)
    let margin = "\n" + String(repeating: " ", count: width + 4)
    return rows.map { left, right in
      let gap = left.count > width ? margin : pad(left.count, width)
      return "  \(left)\(gap)\(wrap(right, 116 - width).joined(separator: margin))\n"
    }.joined()
  }

  /// Breaks at blanks and commas; what has neither stays whole.
  private func wrap(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var rest = text[...]
    while !rest.isEmpty {
      let end = rest.firstIndex { $0 == " " || $0 == "," }.map { rest.index(after: $0) } ?? rest.endIndex
      if !line.isEmpty && line.count + rest[..<end].count > width {
        lines.append(line)
        line = ""
      }
      line += rest[..<end]
      rest = rest[end...]
    }
    return lines + [line]
  }

  private func pad(_ count: Int, _ width: Int) -> String { String(repeating: " ", count: width + 2 - count) }

  /// The documentation's table of settings in Markdown.
  public func table() -> String {
    func cell(_ text: String) -> String { text.isEmpty ? "" : "`\(text.replacing("|", with: "\\|"))`" }
    let rows = settings.map { setting in
      let values = setting.shape == .flag ? "true|false" : setting.hint
      return "| `\(setting.key)` | `\(setting.flag)` | `\(setting.environment)` | \(cell(values)) "
        + "| \(cell(setting.shown(defaults))) | \(setting.help) |\n"
    }
    return "| Key | Flag | Variable | Values | Default | Meaning |\n|---|---|---|---|---|---|\n" + rows.joined()
  }
}
