import Settings
import Testing

/// Reads a command line with files that are not there on disk.
func parse(
  _ words: String..., environment: [String: String] = [:], files: [String: String] = [:]
) throws -> FreshetInvocation {
  try parse(words, environment: environment, files: files)
}

func parse(
  _ words: [String], environment: [String: String] = [:], files: [String: String] = [:]
) throws -> FreshetInvocation {
  try FreshetInvocation.parse(arguments: words, environment: environment) { path throws(SettingsProblem) in
    guard let text = files[path] else { throw SettingsProblem("cannot read \(path): No such file or directory") }
    return text
  }
}

/// The settings of a command line that must be good.
func settings(
  _ words: String..., environment: [String: String] = [:], files: [String: String] = [:]
) throws -> FreshetSettings {
  guard case .command(_, let settings, _) = try parse(words, environment: environment, files: files) else {
    throw SettingsProblem("that was text, not a command")
  }
  return settings
}

/// The message of a command line that must be bad.
func problem(
  _ words: [String], environment: [String: String] = [:], files: [String: String] = [:]
) -> String {
  do {
    _ = try parse(words, environment: environment, files: files)
    return "no problem"
  } catch {
    return "\(error)"
  }
}
