import Foundation
import JSON
import TestSupport
import Testing

/// `freshet run` as a newcomer starts it: the embedded broker and a private Redis.
@Suite(.serialized) struct EmbeddedRunTests {
  /// Of the simulator: enough for histories, soon applied.
  static let events = 1_500

  private static func start(_ folder: TemporaryFolder, name: String) throws -> Freshet {
    let freshet = try Freshet(
      ["run", "--state", folder.path + "/state", "--data", "simulator", "--limit", String(events)], folder: folder,
      name: name)
    try #require(freshet.isReady(), "\(freshet.tail)")
    #expect(try Waiting.until(seconds: 60, everyMs: 20) { try freshet.learnedCount() >= events }, "\(freshet.tail)")
    return freshet
  }

  private static func broker(_ folder: TemporaryFolder) throws -> String {
    try String(contentsOfFile: folder.path + "/state/kafka.address", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test(.enabled(if: Kcat.isThere, "no kcat: make setup-test installs it"))
  func eventsFromEverySideChangeTheNextAnswer() throws {
    let folder = try TemporaryFolder()
    let freshet = try Self.start(folder, name: "run")
    let broker = try Self.broker(folder)

    // An outside Kafka client.
    let before = try freshet.recommend(1)
    let liked = try #require(before.items.first)
    let known = try #require(before.userEvents)
    let clock = ContinuousClock()
    let sent = clock.now
    try Kcat.produce(["{\"type\":\"like\",\"user\":1,\"item\":\(liked)}"], to: "interactions", at: broker)
    var after = before
    #expect(
      try Waiting.until(seconds: 10, everyMs: 10) {
        after = try freshet.recommend(1)
        return after.userEvents == known + 1
      })
    print("kcat's event showed in the next answer after \(clock.now - sent), kcat's own start included")
    #expect(after.status == 200 && after.items.count == 10 && !after.items.contains(liked))
    #expect(after.items != before.items)

    // HTTP, acknowledged when the state has it.
    let next = try #require(after.items.first)
    let posted = try freshet.post(
      "/events?wait=applied", "{\"type\":\"purchase\",\"user\":1,\"item\":\(next),\"event_id\":\"e-1\"}")
    #expect(posted.status == 200 && posted.value["accepted"]?.integerValue == 1)
    let answer = try freshet.recommend(1)
    #expect(answer.userEvents == known + 2 && !answer.items.contains(next))

    // The same event again counts once.
    _ = try freshet.post(
      "/events?wait=applied", "{\"type\":\"purchase\",\"user\":1,\"item\":\(next),\"event_id\":\"e-1\"}")
    #expect(try freshet.recommend(1).userEvents == known + 2)

    // Of a batch the good are taken, and each of the others is named.
    let mixed = try freshet.post(
      "/events?wait=applied", "[{\"type\":\"view\",\"user\":1,\"item\":7},{\"type\":\"vieww\",\"user\":1,\"item\":8}]")
    #expect(mixed.status == 200 && mixed.value["accepted"]?.integerValue == 1)
    #expect(mixed.value["rejected"]?.arrayValue?.first?["field"]?.stringValue == "type")

    try badRecordsGoToTheDeadLetters(freshet, broker)
    #expect(freshet.interrupt() == 0, "\(freshet.tail)")
  }

  private func badRecordsGoToTheDeadLetters(_ freshet: Freshet, _ broker: String) throws {
    try Kcat.produce(
      ["{\"type\":\"like\",\"user\":1}", "no json", "{\"type\":\"like\",\"user\":1,\"item\":9}"], to: "interactions",
      at: broker)
    #expect(try freshet.waitForEvents(of: 1, try freshet.eventCount(1)))
    var letters = ""
    #expect(
      try Waiting.until(seconds: 20, everyMs: 100) {
        letters = try Kcat.consume("dead-letters", at: broker, format: "%s | %h\n")
        return letters.split(separator: "\n").count >= 2
      })
    let lines = letters.split(separator: "\n")
    let missing = try #require(lines.first { $0.contains("\"user\":1}") })
    #expect(
      missing.contains("reason=missing") && missing.contains("field=item") && missing.contains("topic=interactions"))
    #expect(missing.contains("partition=") && missing.contains("offset="))
    #expect(lines.contains { $0.hasPrefix("no json") && $0.contains("reason=") })
    let metrics = try RawClient(port: freshet.port).get("/metrics").text
    #expect(metrics.contains("freshet_events_rejected_total{reason=\"missing\"} 1"))
  }

  @Test func stateOutlivesRestartsAndKills() throws {
    let folder = try TemporaryFolder()
    let state = folder.path + "/state"
    let first = try Self.start(folder, name: "first")
    _ = try first.post("/events", "{\"type\":\"rating\",\"value\":5,\"user\":1,\"item\":99,\"event_id\":\"first\"}")
    let hash = try Freshet.command(["state", "hash", "--state", state])
    #expect(hash.status == 0 && hash.output.count == 17, "\(hash.output)")
    let shards = try Freshet.command(["state", "hash", "--shards", "--state", state])
    #expect(shards.output.split(separator: "\n").count == 9 && shards.output.hasSuffix(hash.output))
    let user = try Freshet.command(["state", "show", "1", "--state", state])
    let events = try first.eventCount(1)
    #expect(try JSONValue.parse(user.output)["events"]?.integerValue == events)
    #expect(first.interrupt() == 0, "\(first.tail)")
    #expect(try Freshet.command(["state", "hash", "--state", state]).output == hash.output)

    // A second run goes on where the first has stopped.
    let second = try Self.start(folder, name: "second")
    #expect(try Freshet.command(["state", "hash", "--state", state]).output == hash.output)
    #expect(try second.recommend(1).userEvents == events)
    for number in 0..<20 {
      let answer = try second.post(
        "/events", "{\"type\":\"view\",\"user\":1,\"item\":\(number + 1),\"event_id\":\"k-\(number)\"}")
      #expect(answer.status == 200, "the embedded broker keeps nothing: the state is what acknowledges")
    }
    second.process.killNow()
    Leftovers.kill(naming: state)

    let third = try Self.start(folder, name: "third")
    #expect(try third.eventCount(1) == events + 20)
    // What was sent before the kill may be sent again.
    _ = try third.post("/events", "{\"type\":\"view\",\"user\":1,\"item\":20,\"event_id\":\"k-19\"}")
    #expect(try third.eventCount(1) == events + 20)
    #expect(third.interrupt() == 0, "\(third.tail)")
  }

  @Test(.enabled(if: CommandLineTool.exists("chromium"), "no chromium: the status page is not looked at"))
  func theStatusPageShowsLiveDataInABrowser() throws {
    let folder = try TemporaryFolder()
    let freshet = try Self.start(folder, name: "run")
    let page = try CommandLineTool.run([
      "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(folder.path)/chromium", "--virtual-time-budget=4000", "--dump-dom",
      "http://127.0.0.1:\(freshet.port)/",
    ]).output
    #expect(page.contains("Ready."), "\(page.suffix(3_000))")
    let learned = try freshet.learnedCount()
    #expect(page.contains("<b>Events learned</b>\(learned)"))
    #expect(page.contains("<b>Ranker</b>"))
    #expect(freshet.interrupt() == 0, "\(freshet.tail)")
  }

  private static let films: String? = {
    let shared = ProcessInfo.processInfo.environment["FRESHET_SHARED"] ?? "../shared"
    let folder = shared + "/data/ml-100k"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  @Test(.enabled(if: films != nil, "no ../shared/data/ml-100k"))
  func realFilmsAreRecommended() throws {
    let folder = try TemporaryFolder()
    let films = try #require(Self.films)
    let freshet = try Freshet(
      ["run", "--state", folder.path + "/state", "--data", films, "--limit", "5000"], folder: folder)
    try #require(freshet.isReady(), "\(freshet.tail)")
    #expect(try Waiting.until(seconds: 60, everyMs: 20) { try freshet.learnedCount() >= 5_000 }, "\(freshet.tail)")
    let answer = try freshet.post("/recommend", "{\"user_id\": 259, \"k\": 5}")
    let list = answer.value["recommendations"]?.arrayValue ?? []
    #expect(list.count == 5)
    for (rank, entry) in list.enumerated() {
      #expect(entry["title"]?.stringValue?.contains("(19") == true && entry["rank"]?.integerValue == Int64(rank + 1))
      #expect(entry["genres"]?.arrayValue?.isEmpty == false)
    }
    // What the set says of its users came before their events.
    let attributes = try freshet.get("/users/259").value["attributes"]
    #expect(attributes?["gender"]?.stringValue == "M" && attributes?["age_from"]?.stringValue == "18")
    #expect(freshet.interrupt() == 0, "\(freshet.tail)")
  }
}
