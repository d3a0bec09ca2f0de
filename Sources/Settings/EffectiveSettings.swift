extension SettingsTable {
  /// The effective values with their origins, as a TOML file that can be read again. Secrets are hidden, and their
  /// lines are comments.
  public func describe(_ configuration: Configuration<Root>) -> String {
    var text = ""
    for setting in settings {
      let shown = setting.shown(configuration.values)
      let isHidden = setting.secrecy != .open && shown.contains(redactionMask)
      let value = toml(shown, setting.shape)
      let origin = configuration.origins[setting.key]?.description ?? "default"
      text += "\(isHidden ? "# " : "")\(setting.key) = \(value)  # \(origin)\n"
    }
    return text
  }

  private func toml(_ text: String, _ shape: ValueShape) -> String {
    switch shape {
    case .number, .flag: return text
    case .text: return quote(text)
    case .list:
      return "[" + text.split(separator: ",").map { quote(String($0)) }.joined(separator: ", ") + "]"
    case .textMap, .numberMap:
      let entries = text.split(separator: ",").map { entry in
        let mark = entry.firstIndex(of: "=") ?? entry.endIndex
        let value = String(entry[mark...].dropFirst())
        return "\(quote(String(entry[..<mark]))) = \(shape == .textMap ? quote(value) : value)"
      }
      return entries.isEmpty ? "{}" : "{ \(entries.joined(separator: ", ")) }"
    }
  }

  private func quote(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
