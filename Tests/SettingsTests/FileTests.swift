import Foundation
import Settings
import Testing

@Suite struct FileTests {
  private func fault(_ text: String) -> String {
    problem(["serve", "--config", "f.toml"], files: ["f.toml": text])
  }

  @Test func tablesArraysAndTypesAreRead() throws {
    let text = """
      seed = 7
      [kafka]
      brokers = "b:9092"
      [kafka.extra]
      "socket.timeout.ms" = 1000
      linger = { ms = 5 }
      [topics]
      inputs = ["clicks", "views"]
      [events]
      weights = { view = 0.1, swipe = 0.25 }
      positive-rating = 3.5
      [http]
      open-metrics = false
      queue-age = "250ms"
      body-limit = "2MiB"
      [cache]
      ttl = 30
      """
    let settings = try settings("serve", "--config", "f.toml", files: ["f.toml": text])
    #expect(settings.seed == 7)
    #expect(settings.kafka.extra == ["socket.timeout.ms": "1000", "linger.ms": "5"])
    #expect(settings.topics.inputs == ["clicks", "views"])
    #expect(settings.events.weights["view"] == 0.1)
    #expect(settings.events.weights["swipe"] == 0.25)
    #expect(settings.events.weights["purchase"] == 1)
    #expect(settings.events.positiveRating == 3.5)
    #expect(!settings.http.openMetrics)
    #expect(settings.http.queueAge == .milliseconds(250))
    #expect(settings.http.bodyBytes == 2 << 20)
    #expect(settings.cache.lifetime == .seconds(30))
  }

  @Test(arguments: [
    ("[http]\nprot = 1\n", "f.toml:2:8: unknown key http.prot; did you mean http.port?"),
    ("[http]\nport = \"x\"\n", "f.toml:2:8: http.port: \"x\" is not an integer (0...65535)"),
    ("http.port = 1.5\n", "f.toml:1:13: http.port: \"1.5\" is not an integer (0...65535)"),
    ("http.port = [1, 2]\n", "f.toml:1:14: http.port takes one value, not an array"),
    ("http.host = 2026-01-01\n", "f.toml:1:13: http.host is a date; put it in quotes"),
    ("topics.inputs = [\"a,b\"]\n", "f.toml:1:18: an element of topics.inputs may not hold a comma"),
    ("[nowhere]\n", "f.toml:1:1: unknown key nowhere"),
    // The first fault from the top, whatever the order of the names.
    ("zzz = 1\naaa = 2\n", "f.toml:1:7: unknown key zzz"),
  ]) func aFaultNamesItsPlace(text: String, message: String) {
    #expect(fault(text) == message)
  }

  @Test(arguments: ["a = 1\na = 2\n", "a = \n", "a = 06\n", "a = \"open\n", "[a\n", "a = \"\u{1}\"\n", "\u{0}"])
  func brokenSyntaxNamesItsPlace(text: String) throws {
    let message = fault(text)
    #expect(try Regex("^f\\.toml:[1-3]:[0-9]+: .+").firstMatch(in: message) != nil, "\(message)")
  }

  @Test func anEmptyTableOfAGroupIsNothing() throws {
    #expect(
      try settings("serve", "--config", "f.toml", files: ["f.toml": "[http]\n[kafka.extra]\n"]) == FreshetSettings())
  }

  @Test func filesAreReadFromDisk() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("freshet-\(UUID().uuidString).toml").path
    try "http.port = 77".write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    guard
      case .command(_, let settings, _) = try FreshetInvocation.parse(
        arguments: ["serve", "--config", path], environment: [:])
    else { return }
    #expect(settings.http.port == 77)
    #expect(throws: SettingsProblem("cannot read \(path)x: No such file or directory")) {
      try readTextFile(path + "x")
    }
    #expect(throws: SettingsProblem.self) { try readTextFile("/") }
    try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: path))
    #expect(throws: SettingsProblem("\(path) is not UTF-8")) { try readTextFile(path) }
  }

  @Test func theProcessEnvironmentIsComplete() {
    #expect(processEnvironment() == ProcessInfo.processInfo.environment)
  }
}
