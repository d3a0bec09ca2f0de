import Foundation
import Telemetry
import Testing

/// A pipe whose reading end is a test's.
private final class OutputPipe: Sendable {
  let reading: Int32
  let writing: Int32
  init() {
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    (reading, writing) = (ends[0], ends[1])
  }
  func closeWriting() { close(writing) }
  func readAll() -> Data {
    defer { close(reading) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let got = read(reading, &chunk, chunk.count)
      if got <= 0 { return data }
      data.append(contentsOf: chunk[..<got])
    }
  }
}

/// Runs `body` with a sink and gives back what was written.
private func logged(
  level: LogLevel = .trace, format: LogFormat = .json, capacity: Int = LogSink.defaultCapacity,
  _ body: @Sendable (Logger) -> Void
) -> String {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("freshet-log-\(UUID().uuidString)").path
  let file = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
  defer {
    close(file)
    try? FileManager.default.removeItem(atPath: path)
  }
  let sink = LogSink(descriptor: file, level: level, format: format, capacity: capacity)
  body(Logger("test", sink: sink))
  sink.close(within: .seconds(10))
  return (try? String(contentsOfFile: path, encoding: .utf8)) ?? "not UTF-8"
}

@Suite struct LoggerTests {
  @Test func aJSONLineCarriesTimeLevelLoggerMessageAndFieldsInOrder() throws {
    let text = logged { log in
      log.warning("say \"hi\"\n", ["n": -42, "r": 0.5, "ok": true, "s": "a\\b\tc", "min": .integer(Int.min)])
    }
    #expect(text.hasSuffix("\n"))
    #expect(text.contains(#""msg":"say \"hi\"\n","n":-42,"r":0.5,"ok":true,"s":"a\\b\tc","min":-9223372036854775808}"#))
    let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["level"] as? String == "warning")
    #expect(object["logger"] as? String == "test")
    #expect(object["msg"] as? String == "say \"hi\"\n")
    let time = try #require(object["ts"] as? String)
    let parser = ISO8601DateFormatter()
    parser.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    let parsed = try #require(parser.date(from: time))
    #expect(abs(parsed.timeIntervalSinceNow) < 60, "\(time)")
  }

  @Test(arguments: [UInt64(1), 2, 3]) func everyJSONLineParsesWhateverItCarries(seed: UInt64) throws {
    let cases = (0..<400).map { index in randomText(seed: seed &* 1_000 + UInt64(index)) }
    let text = logged { log in
      for text in cases {
        log.info(text, ["value": .text(text), "nan": .real(.nan), "infinite": .real(-.infinity), "tiny": 1e-300])
      }
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    #expect(lines.count == cases.count, "seed \(seed)")
    for (line, original) in zip(lines, cases) {
      let object = try #require(
        try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "seed \(seed): \(line)")
      #expect(object["msg"] as? String == original, "seed \(seed)")
      #expect(object["value"] as? String == original, "seed \(seed)")
      #expect(object["nan"] is NSNull)
    }
  }

  @Test func longTextsAreCutBetweenScalars() throws {
    let text = logged { log in
      log.info(String(repeating: "\u{1F980}", count: 5_000), ["v": .text(String(repeating: "é", count: 4_001))])
    }
    let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect((object["msg"] as? String)?.utf8.count == 4_096)
    #expect((object["v"] as? String)?.utf8.count == 1_024)
  }

  @Test func humanLinesKeepControlCharactersFromTheTerminal() {
    let text = logged(format: .human) { $0.info("a\u{1B}[2Jb\nc", ["k": "x y", "empty": "", "plain": "v\u{9B}"]) }
    #expect(text.hasSuffix(" info test: a\\u001b[2Jb\\nc k=\"x y\" empty=\"\" plain=v\\u009b\n"), "\(text)")
    #expect(text.filter { $0 == "\n" }.count == 1)
  }

  @Test func aDisabledLevelEvaluatesNothing() {
    let text = logged(level: .error) { log in
      log.warning(unexpected())
      log.error("seen")
    }
    #expect(text.split(separator: "\n").count == 1)
  }

  @Test func aFullQueueDropsCountsAndNeverBlocks() {
    let pipe = OutputPipe()
    let sink = LogSink(descriptor: pipe.writing, level: .info, format: .json, capacity: 4_096)
    let log = Logger("test", sink: sink)
    // Nobody reads: the pipe takes 64 KiB, the two buffers 8 KiB more.
    for index in 0..<2_000 { log.info("line that fills the pipe and the queue behind it", ["index": .integer(index)]) }
    let dropped = sink.droppedLines
    #expect(dropped > 0)
    let result = Box()
    let reader = Thread { result.set(String(decoding: pipe.readAll(), as: UTF8.self)) }
    reader.start()
    sink.close(within: .seconds(10))
    pipe.closeWriting()
    while result.value == nil { usleep(1_000) }
    let lines = (result.value ?? "").split(separator: "\n")
    let reports = lines.filter { $0.contains("log lines dropped") }
    #expect(!reports.isEmpty)
    #expect(lines.count - reports.count + Int(dropped) == 2_000)
  }

  @Test func linesOfManyThreadsStayWhole() {
    let text = logged { log in
      DispatchQueue.concurrentPerform(iterations: 4) { thread in
        for index in 0..<500 { log.info("m", ["thread": .integer(thread), "index": .integer(index)]) }
      }
    }
    let lines = text.split(separator: "\n")
    #expect(lines.count == 2_000)
    #expect(lines.allSatisfy { (try? JSONSerialization.jsonObject(with: Data($0.utf8))) != nil })
  }
}

// Proof of Sendable: the text is touched under the lock alone.
private final class Box: @unchecked Sendable {
  private let lock = NSLock()
  private var text: String?
  var value: String? { lock.withLock { text } }
  func set(_ new: String) { lock.withLock { text = new } }
}

private func unexpected() -> String {
  Issue.record("a disabled message was evaluated")
  return ""
}

private func randomText(seed: UInt64) -> String {
  var state = seed
  func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
  var text = ""
  for _ in 0..<(next() % 60) {
    let range: ClosedRange<UInt64> =
      switch next() % 5 {
      case 0: 0...0x1F
      case 1: 0x20...0x7F
      case 2: 0x80...0xFF
      case 3: 0x2000...0xD7FF
      default: 0x1_0000...0x10_FFFF
      }
    let value = range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    if let scalar = Unicode.Scalar(UInt32(value)) { text.unicodeScalars.append(scalar) }
  }
  return text
}

@Suite struct RedactionTests {
  @Test(arguments: [
    ("redis://user:pass@host:6379/0", "redis://user:***@host:6379/0"),
    ("redis://:pass@host", "redis://:***@host"),
    ("redis://:p@ss@host", "redis://:***@host"),
    ("redis://:p/ss@host", "redis://:***@host"),
    ("redis://host:6379", "redis://host:6379"),
    ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ("", ""),
  ]) func passwordsInURLsAreHidden(url: String, expected: String) {
    #expect(Redaction.url(url) == expected)
  }

  @Test func whetherASecretIsSetMayBeKnown() {
    #expect(Redaction.secret("x") == "***")
    #expect(Redaction.secret("") == "")
  }
}
