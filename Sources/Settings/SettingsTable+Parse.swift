extension SettingsTable {
  /// Reads command line, environment and file: a flag wins over a variable, a variable over the file, the file over
  /// the default.
  ///
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - environment: an empty value counts as not set, as composed files often pass one on.
  ///   - readFile: the text of a file; only called for the one that `--config` or `FRESHET_CONFIG` names.
  /// - Throws: the first fault, with its place and, where one is near, what was probably meant.
  public func parse(
    arguments: [String], environment: [String: String],
    readFile: (String) throws(SettingsProblem) -> String
  ) throws(SettingsProblem) -> Invocation<Root> {
    guard let first = arguments.first else {
      throw SettingsProblem("no command\n\n" + help())
    }
    switch first {
    case "--version": return .text("\(program) \(version)\n")
    case "--help", "-h", "help":
      return .text(arguments.count > 1 ? help(for: try command(named: arguments[1])) : help())
    default: break
    }
    let command = try command(named: first)
    let scanner = try CommandLineScanner(arguments.dropFirst(), command: command, table: self)
    if scanner.wantsHelp { return .text(help(for: command)) }
    let (action, operands) = try match(scanner.operands, to: command)

    var values = defaults
    var origins: [String: Origin] = [:]
    for setting in settings { origins[setting.key] = .builtIn }
    let variable = environmentPrefix + "CONFIG"
    if let path = scanner.configurationFile ?? environment[variable], !path.isEmpty {
      try apply(try TOMLDocument(try readFile(path), name: path), path, &values, &origins)
    }
    try apply(environment, except: variable, &values, &origins)
    for given in scanner.given {
      try read(given.text, given.setting, at: "\(command.name): \(given.name)", &values)
      origins[given.setting.key] = .flag(given.name)
    }
    return .run(
      Configuration(command: command, action: action, operands: operands, values: values, origins: origins))
  }

  private func match(_ words: [String], to command: Command) throws(SettingsProblem) -> (String?, [String]) {
    var operands = words[...]
    var rule = command.operands
    var name = command.name
    var action: String?
    if let standard = command.actions.first {
      let word = operands.popFirst() ?? standard.name
      guard let known = command.actions.first(where: { $0.name == word }) else {
        let names = command.actions.map(\.name)
        throw SettingsProblem(
          "\(command.name): \"\(word)\" is none of \(names.joined(separator: ", "))"
            + Suggestion.forText(word, among: names))
      }
      action = word
      rule = known.operands
      name += " \(word)"
    }
    switch rule {
    case .none:
      if let extra = operands.first { throw SettingsProblem("\(name): unexpected argument \"\(extra)\"") }
    case .one(let what), .several(let what):
      guard !operands.isEmpty else { throw SettingsProblem("\(name) needs \(what)") }
      if case .one = rule, operands.count > 1 {
        throw SettingsProblem("\(name) takes one \(what), not \(operands.count)")
      }
    case .optional(let what):
      if operands.count > 1 { throw SettingsProblem("\(name) takes one \(what), not \(operands.count)") }
    }
    return (action, Array(operands))
  }

  private func read(
    _ text: String, _ setting: Setting<Root>, at place: String, _ values: inout Root
  ) throws(SettingsProblem) {
    do throws(InvalidValue) { try setting.read(text, &values) } catch {
      // A secret's text stays out of messages too.
      throw SettingsProblem("\(place): " + (setting.secrecy == .open ? error.reason : "not a valid value"))
    }
  }

  private func apply(
    _ environment: [String: String], except: String, _ values: inout Root, _ origins: inout [String: Origin]
  ) throws(SettingsProblem) {
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name != except {
      if let setting = settings.first(where: { $0.environment == name }) {
        if text.isEmpty { continue }
        try read(text, setting, at: name, &values)
        origins[setting.key] = .environment(name)
      } else if name.hasPrefix(environmentPrefix), !foreignVariables.contains(name) {
        throw SettingsProblem(
          "unknown variable \(name)"
            + Suggestion.forText(name, among: settings.map(\.environment) + [except]) + " (or unset it)")
      }
    }
  }

  private func apply(
    _ document: TOMLDocument, _ file: String, _ values: inout Root, _ origins: inout [String: Origin]
  ) throws(SettingsProblem) {
    var rest = document.entries[...]
    while let entry = rest.popFirst() {
      let place = "\(file):\(entry.line):\(entry.column)"
      if entry.isEmptyTable && settings.contains(where: { ("\($0.key).").hasPrefix("\(entry.key).") }) {
        continue
      }
      guard
        let setting = settings.first(where: { $0.key == entry.key || ($0.isMap && entry.key.hasPrefix("\($0.key).")) })
      else {
        throw SettingsProblem(
          "\(place): unknown key \(entry.key)" + Suggestion.forText(entry.key, among: settings.map(\.key)))
      }
      var text = entry.value
      if setting.isMap, entry.key != setting.key {
        text = "\(entry.key.dropFirst(setting.key.count + 1))=\(text)"
        if entry.value.contains(",") { throw SettingsProblem("\(place): \(entry.key) may not hold a comma") }
      }
      if entry.isDate { throw SettingsProblem("\(place): \(entry.key) is a date; put it in quotes") }
      if entry.isInArray || entry.isEmptyArray {
        guard setting.shape == .list else {
          throw SettingsProblem("\(place): \(entry.key) takes one value, not an array")
        }
        var parts = [entry.value]
        while let more = rest.first, more.key == entry.key, more.isInArray {
          parts.append(more.value)
          rest.removeFirst()
        }
        if parts.contains(where: { $0.contains(",") }) {
          throw SettingsProblem("\(place): an element of \(entry.key) may not hold a comma")
        }
        text = parts.joined(separator: ",")
      }
      try read(text, setting, at: "\(place): \(entry.key)", &values)
      origins[setting.key] = .file(place)
    }
  }
}
