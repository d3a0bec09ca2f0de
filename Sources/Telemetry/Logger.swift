/// A named source of log lines.
///
/// ```swift
/// let log = Logger("ingest")
/// log.info("partition assigned", ["partition": .integer(partition), "offset": .integer(offset)])
/// ```
/// Messages and fields are evaluated only where the level is enabled (a disabled line costs about a nanosecond). Safe
/// on any thread; never blocks.
public struct Logger: Sendable {
  public let name: String
  public let sink: LogSink

  public init(_ name: String, sink: LogSink = .standardError) {
    self.name = name
    self.sink = sink
  }

  public func isEnabled(_ level: LogLevel) -> Bool { sink.isEnabled(level) }

  public func log(
    _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()
  ) {
    if sink.isEnabled(level) { sink.emit(level, name, message(), fields()) }
  }

  public func trace(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.trace, message(), fields())
  }
  public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.debug, message(), fields())
  }
  public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.info, message(), fields())
  }
  public func notice(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.notice, message(), fields())
  }
  public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.warning, message(), fields())
  }
  public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.error, message(), fields())
  }
  public func critical(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = LogFields()) {
    log(.critical, message(), fields())
  }
}
