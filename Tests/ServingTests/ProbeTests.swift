import Foundation
import JSON
import TestSupport
import Testing

@testable import Serving

@Suite struct ProbeTests {
  @Test func readinessNamesWhatIsMissing() throws {
    let world = try World(items: 9, events: 9)
    let client = try TestAPI(world).client()
    #expect(try client.json("/health")["version"] == .string("test"))
    #expect(try client.json("/ready").status == 200)
    world.problems.withLock {
      $0 = [ReadinessProblem(part: "redis", message: "no answer", remedy: "start redis-server")]
    }
    let answer = try client.json("/ready")
    #expect(answer.status == 503)
    #expect(answer.headers["retry-after"] != nil)
    #expect(answer["problems"]?.arrayValue?.first?["part"] == .string("redis"))
    #expect(answer["problems"]?.arrayValue?.first?["remedy"] == .string("start redis-server"))
    #expect(try client.json("/health").status == 200)
  }

  @Test(.enabled(if: Promtool.path != nil, "promtool (Debian package prometheus) is not installed"))
  func promtoolAcceptsTheMetrics() throws {
    let api = try TestAPI(World())
    let client = try api.client()
    _ = try client.recommend(#"{"user_id": 3}"#)
    _ = try client.recommend(#"{"user_id": 3}"#)
    _ = try client.recommend(#"{"user_id": "new"}"#)
    _ = try client.recommend("{")
    let answer = try client.get("/metrics")
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
    let checked = try Promtool.run(["check", "metrics"], input: answer.text)
    #expect(checked.status == 0, "\(checked.output)")
    for line in [
      #"freshet_recommend_total{outcome="personalised"} 2"#, #"freshet_recommend_total{outcome="new_user"} 1"#,
      #"freshet_recommend_total{outcome="error"} 1"#, #"freshet_recommend_cache_total{result="hit"} 1"#,
      #"freshet_recommend_duration_seconds_count{stage="total"} 3"#,
      #"freshet_recommend_duration_seconds_count{stage="score"} 2"#,
      #"freshet_http_requests_total{route="/recommend",code="400"} 1"#, "freshet_http_connections 1",
    ] { #expect(answer.text.contains(line + "\n"), "\(line)") }
    #expect(answer.text.contains(#"freshet_candidates_total{source="co_all"}"#))
  }

  @Test func theModelsInformationHoldsLatenciesByStage() throws {
    let client = try TestAPI(World()).client()
    for user in 1...20 { _ = try client.recommend(#"{"user_id": \#(user)}"#) }
    let info = try client.json("/model/info")
    #expect(info.status == 200)
    #expect(info["serving"]?["ranker"] == .string("ranker-2"))
    #expect(info["items"]?["known"] == .integer(60))
    for stage in ["read", "vector", "retrieve", "features", "score", "total"] {
      let latency = info["latency"]?[stage]
      #expect(latency?["count"] == .integer(20), "\(stage)")
      #expect(latency?["p99_ms"]?.doubleValue ?? 0 >= latency?["p50_ms"]?.doubleValue ?? 1, "\(stage)")
    }
    #expect(info["cache"]?["misses"] == .integer(20))
    #expect(info["importances"] == .array([]))
    #expect(try client.json("/drift")["features"] == .array([]))
  }

  @Test func aModelGoesBackByOneCall() throws {
    let client = try TestAPI(World(items: 9, events: 9)).client()
    let done = try JSONAnswer(client.post("/model/rollback/ranker", ""))
    #expect(done.status == 200 && done["version"] == .string("ranker-1"))
    #expect(try JSONAnswer(client.post("/model/rollback/towers", "")).status == 409)
    let unknown = try JSONAnswer(client.post("/model/rollback/tower", ""))
    #expect(unknown.status == 404 && unknown.message.contains("ranker, towers"))
  }

  @Test func keysCloseTheAPIAndLeaveTheProbesOpen() throws {
    let key = "0123456789abcdef"
    let world = try World(items: 9, events: 9)
    let api = try TestAPI(world, http: { $0.apiKeys = [key] })
    let client = try api.client()
    #expect(try client.recommend(#"{"user_id": 1}"#).status == 401)
    #expect(try client.post("/recommend", #"{"user_id": 1}"#, headers: ["X-API-Key: \(key)"]).status == 200)
    for path in ["/health", "/ready", "/metrics", "/"] { #expect(try client.get(path).status == 200) }
    for path in ["/model/info", "/drift", "/items/1", "/users/1"] { #expect(try client.get(path).status == 401) }
    let closed = try TestAPI(world, { $0.opensProbes = false }, http: { $0.apiKeys = [key] })
    #expect(try closed.client().get("/metrics").status == 401)
  }

  @Test func thePageNeedsNothingFromElsewhere() throws {
    let answer = try TestAPI(World(items: 9, events: 9)).client().get("/")
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
    #expect(answer.headers["content-security-policy"]?.contains("default-src 'none'") == true)
    for outside in ["http:", "https:", "src=", "@import", "innerHTML"] {
      #expect(!answer.text.contains(outside), "\(outside)")
    }
  }
}
