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

    let serve = try Freshet(["serve"] + state, folder: folder)
    try #require(serve.isReady(), "\(serve.tail)")
    #expect(try Waiting.until(seconds: 30, everyMs: 20) { try serve.learnedCount() == 6_000 }, "\(serve.tail)")
    let info = try serve.get("/model/info").value
    #expect(info["models"]?["ranker"]?["version"]?.stringValue == "ranker-1")
    let user = try #require(try (1...50).first { try serve.eventCount($0) > 3 })
    let answer = try serve.recommend(user)
    #expect(answer.items.count == 10 && answer.degraded == nil && answer.userEvents ?? 0 > 3, "\(answer)")
    #expect(serve.interrupt() == 0, "\(serve.tail)")
  }
}
