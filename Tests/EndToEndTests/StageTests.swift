import JSON
import TestSupport
import Testing

/// The stages of the Makefile, one after another, offline; then a role that serves what they have made.
@Suite struct StageTests {
  @Test func whatTheStagesMakeIsServed() throws {
    let folder = try TemporaryFolder()
    let state = ["--state", folder.path + "/state"]
    // A small ranker: how good it is, is not the question here.
    let ranker = ["--ranker-kind", "lambdamart", "--ranker-estimators", "20"]
    func stage(_ name: String) throws -> Freshet.Finished {
      try Freshet.command(
        ["train", "--only", name, "--data", "simulator", "--limit", "6000", "--ranker-sample-share", "0.5"] + ranker
          + state)
    }
    let early = try stage("ranker")
    #expect(early.status == 1 && early.errors.contains("--only features"))
    for name in ["features", "towers", "index", "ranker", "load"] {
      let result = try stage(name)
      try #require(result.status == 0, "\(name): \(result)")
      #expect(!result.output.isEmpty)
    }
    let again = try stage("load")
    #expect(again.status == 1 && again.errors.contains("is not empty"))

    let models = try Freshet.command(["models", "list"] + state)
    for kind in ["groups-1 ", "items-1 ", "ranker-1 ", "towers-1 "] { #expect(models.output.contains(kind)) }
    let refused = try Freshet.command(["models", "rollback", "ranker"] + state)
    #expect(refused.status == 1 && refused.errors.contains("only intact version"))
    let unknown = try Freshet.command(["models", "rollback", "rankr"] + state)
    #expect(unknown.status == 1 && unknown.errors.contains("no kind of model"))

    let drift = ["--drift-window", "2s", "--drift-samples", "150", "--drift-hysteresis", "2"]
    let serve = try Freshet(["serve"] + drift + state, folder: folder)
    try #require(serve.isReady(), "\(serve.tail)")
    #expect(try Waiting.until(seconds: 30, everyMs: 20) { try serve.learnedCount() == 6_000 }, "\(serve.tail)")
    let info = try serve.get("/model/info").value
    #expect(info["models"]?["ranker"]?["version"]?.stringValue == "ranker-1")
    let user = try #require(try (1...50).first { try serve.eventCount($0) > 3 })
    let answer = try serve.recommend(user)
    #expect(answer.items.count == 10 && answer.degraded == nil && answer.userEvents ?? 0 > 3, "\(answer)")
    try strangersRaiseAnAlert(serve)
    #expect(serve.interrupt() == 0, "\(serve.tail)")
  }

  /// The ranker has been trained on users with a history; from now on only people whom nobody knows ask.
  private func strangersRaiseAnAlert(_ serve: Freshet) throws {
    var asked = 0
    var features: [JSONValue] = []
    let isRaised = try Waiting.until(seconds: 60, everyMs: 1) {
      asked += 1
      _ = try serve.recommend(1_000_000 + asked)
      guard asked.isMultiple(of: 50) else { return false }
      features = try serve.get("/drift").value["report"]?["features"]?.arrayValue ?? []
      return features.contains { $0["feature"]?.stringValue == "user_events" && $0["state"]?.stringValue == "raised" }
    }
    #expect(isRaised, "\(asked) asked: \(features.prefix(3))")
    let metrics = try RawClient(port: serve.port).get("/metrics").text
    #expect(
      metrics.contains("freshet_drift_alerts_active ") && !metrics.contains("freshet_drift_alerts_active 0"),
      "\(serve.tail)")
  }
}
