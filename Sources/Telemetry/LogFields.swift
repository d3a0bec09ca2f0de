/// One value of a log line's fields.
public enum LogValue: Sendable, Equatable {
  case text(String)
  case integer(Int)
  case real(Double)
  case flag(Bool)

  public static func integer(_ value: some BinaryInteger) -> LogValue { .integer(Int(clamping: value)) }
}

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .real(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// Named values of a log line, in the order in which they are written:
/// `["partition": .integer(partition), "reason": "\(error)"]`.
///
/// Keys are literals, so that a field's name can never come from input.
public struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
  var entries: [(key: StaticString, value: LogValue)]

  public init() { entries = [] }
  public init(dictionaryLiteral elements: (StaticString, LogValue)...) {
    entries = elements.map { (key: $0.0, value: $0.1) }
  }

  public mutating func add(_ key: StaticString, _ value: LogValue) { entries.append((key, value)) }
}

/// Hides what must not be printed.
public enum Redaction {
  /// What stands in place of a secret.
  public static let mask = "***"

  /// `***` for a secret that is set, an empty text for one that is not: whether it is set may be known.
  public static func secret(_ value: String) -> String { value.isEmpty ? "" : mask }

  /// The URL with its password hidden: `redis://user:***@host:6379`. Text without a password is returned as it is.
  /// The last `@` before the path ends the user part, so that a password with an unescaped `@` is hidden whole.
  public static func url(_ text: String) -> String {
    guard let scheme = firstRange(of: "://", in: text) else { return text }
    let rest = text[scheme...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    // A password may hold an unescaped slash: then the `@` lies behind it.
    let scope = authority.contains("@") ? authority : rest.contains("@") ? rest : authority
    guard let at = scope.lastIndex(of: "@"), let colon = scope[..<at].firstIndex(of: ":") else { return text }
    return text[...colon] + mask + text[at...]
  }

  private static func firstRange(of mark: String, in text: String) -> String.Index? {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index...].hasPrefix(mark) { return text.index(index, offsetBy: mark.count) }
      index = text.index(after: index)
    }
    return nil
  }
}
