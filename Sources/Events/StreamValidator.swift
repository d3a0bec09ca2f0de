/// Checks recorded streams as ingestion would: the core of `freshet validate`.
///
/// Memory is bounded by the longest payload and the number of reasons, whatever the files' sizes. One thread.
public final class StreamValidator {
  /// What a file's lines are.
  public enum Stream: Sendable, Equatable {
    case interactions
    case items

    /// By the file's name: `items`, and what begins with it, holds items; all else holds interactions.
    public init(file path: String) {
      let name = path.split(separator: "/").last ?? ""
      self = name.lowercased().hasPrefix("items") ? .items : .interactions
    }
  }

  private let events: EventDecoder
  private let items = ItemDecoder()
  private let nowMs: Int64
  public private(set) var report = ValidationReport()

  /// - Parameter nowMs: the clock that time stamps are held against, milliseconds since 1970.
  public init(rules: EventRules, nowMs: Int64) {
    events = EventDecoder(rules: rules)
    self.nowMs = nowMs
  }

  /// Adds a file to the report. Blank lines count for nothing.
  /// - Parameters:
  ///   - path: an NDJSON file; `-` is the standard input.
  ///   - stream: what it holds; nil judges by its name.
  public func validate(file path: String, as stream: Stream? = nil) throws(StreamFileError) {
    let stream = stream ?? Stream(file: path)
    var reader = try LineReader(path: path)
    var line = 0
    while let next = try reader.next() {
      line += 1
      if let fault = judge(next, as: stream) { report.note(fault, file: path, line: line) }
    }
  }

  private func judge(_ line: LineReader.Line, as stream: Stream) -> EventFault? {
    let payload: UnsafeRawBufferPointer
    switch line {
    case .text(let text): payload = text
    case .tooLong(let bytes):
      report.lines += 1
      return EventFault(
        reason: .payloadTooLarge, field: nil,
        message: "the payload has \(bytes) bytes, at most \(EventLimits.payloadBytes) are accepted", offset: 0)
    }
    guard payload.contains(where: { $0 != 32 && $0 != 9 }) else { return nil }
    report.lines += 1
    do throws(EventFault) {
      switch stream {
      case .interactions: try events.decode(payload, brokerTimeMs: nowMs)
      case .items: _ = try items.decode(payload)
      }
      return nil
    } catch {
      return error
    }
  }
}
