/// Whether a value may be shown.
public enum Secrecy: Sendable {
  case open
  /// Never shown; only whether it is set.
  case secret
  /// A URL whose password is hidden.
  case passwordInURL
}

/// One setting: from this line come its flag, variable, key, help and documentation.
public struct Setting<Root: Sendable>: Sendable {
  /// Name in a file, dotted: `http.port`.
  public let key: String
  /// `--http-port`
  public let flag: String
  /// `FRESHET_HTTP_PORT`
  public let environment: String
  public let short: Character?
  public let help: String
  public let hint: String
  public let shape: ValueShape
  public let secrecy: Secrecy
  let read: @Sendable (String, inout Root) throws(InvalidValue) -> Void
  let write: @Sendable (Root) -> String

  /// - Parameters:
  ///   - path: where the typed value lives; its default is the one in the root's initialiser.
  ///   - flag: without dashes; by default the key with `-` for `.` and `_`.
  ///   - environment: by default `FRESHET_` and the flag.
  public init<Value>(
    _ key: String, _ path: any WritableKeyPath<Root, Value> & Sendable, _ format: ValueFormat<Value>, _ help: String,
    flag: String? = nil, environment: String? = nil, short: Character? = nil, secrecy: Secrecy = .open
  ) {
    let name = flag ?? String(key.map { $0 == "." || $0 == "_" ? "-" : $0 })
    self.key = key
    self.flag = "--" + name
    self.environment = environment ?? environmentPrefix + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    self.short = short
    self.help = help
    hint = format.hint
    shape = format.shape
    self.secrecy = secrecy
    read = { text, root throws(InvalidValue) in try format.read(text, &root[keyPath: path]) }
    write = { root in format.write(root[keyPath: path]) }
  }

  /// The value as its flag would take it, secrets included.
  package func text(in root: Root) -> String { write(root) }

  var isMap: Bool {
    switch shape {
    case .textMap, .numberMap: true
    case .text, .number, .flag, .list: false
    }
  }

  /// The value as it may be shown.
  func shown(_ root: Root) -> String {
    let text = write(root)
    return switch secrecy {
    case .open: text
    case .secret: text.isEmpty ? "" : redactionMask
    case .passwordInURL: hidePassword(text)
    }
  }
}

/// The variables that belong to this program: an unknown one of them is an error.
let environmentPrefix = "FRESHET_"
/// Stands in place of a secret.
let redactionMask = "***"

/// Hides the password of `scheme://user:password@host`. The last `@` ends the user part, so that a password with an
/// unescaped `@` or `/` is hidden whole.
func hidePassword(_ url: String) -> String {
  guard let at = url.lastIndex(of: "@") else { return url }
  let bytes = url[..<at]
  guard let scheme = bytes.firstRange(of: "://") else { return url }
  guard let colon = bytes[scheme.upperBound...].firstIndex(of: ":") else { return url }
  return url[...colon] + redactionMask + url[at...]
}
