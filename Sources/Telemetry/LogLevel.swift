/// Severity of a log line, with swift-log's names and order.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case trace, debug, info, notice, warning, error, critical

  /// Position in the order of severity, from 0 (trace) to 6 (critical).
  var severity: Int {
    switch self {
    case .trace: 0
    case .debug: 1
    case .info: 2
    case .notice: 3
    case .warning: 4
    case .error: 5
    case .critical: 6
    }
  }

  /// The level's name without a String being made for it.
  var label: StaticString {
    switch self {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info"
    case .notice: "notice"
    case .warning: "warning"
    case .error: "error"
    case .critical: "critical"
    }
  }

  public static func < (a: LogLevel, b: LogLevel) -> Bool { a.severity < b.severity }
}

/// How lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
  /// JSON, unless the output is a terminal.
  case automatic = "auto"
  /// One JSON object a line: `ts`, `level`, `logger`, `msg`, then the fields.
  case json
  /// `2026-01-31T12:00:00.000Z info ingest: message key=value`.
  case human
}
