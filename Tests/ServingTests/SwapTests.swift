import Features
import Glibc
import Lifecycle
import Recommender
import TestSupport
import Testing

@testable import Serving

@Suite struct SwapTests {
  /// Bundles with and without a ranker, and with another number of features, swapped while requests run.
  @Test func aSwapFailsNoRequestAndMixesNoVersions() throws {
    let world = try World()
    let api = try TestAPI(world)
    let stop = StopRequest()
    let swapper = try ServiceThread("swapper") {
      var turn = 0
      while !stop.wait(atMost: .milliseconds(1)) {
        world.swap(turn % 3)
        turn += 1
      }
    }
    defer {
      stop.make()
      swapper.join()
    }
    let clients = try (0..<4).map { _ in try api.client() }
    var seen: Set<String> = []
    for round in 0..<400 {
      let answer = try clients[round % 4].recommend(#"{"user_id": \#(1 + round % 20), "k": 10}"#)
      #expect(answer.status == 200 && answer.list.count == 10)
      let ranker = answer.provenance["ranker"]?.stringValue
      #expect((ranker == nil) == (answer.degraded == "no_ranker"))
      let schema = answer.provenance["feature_schema"]?.stringValue
      let isSmall = schema == AnswerText.hexadecimal(World.smallRegistry.hash)
      #expect(isSmall == (answer.provenance["linear"] == .integer(World.smallVersion)))
      seen.insert("\(schema ?? "") \(ranker ?? "")")
    }
    #expect(seen.count == 3)
  }
}

extension World {
  static let smallRegistry = FeatureRegistry(Array(FeatureRegistry.standard.features.prefix(20)))
  static let smallVersion: Int64 = 99

  /// 0: with a ranker; 1: without; 2: without, and with fewer features.
  func swap(_ kind: Int) {
    var versions = BundleVersions()
    versions.ranker = kind == 0 ? "ranker-2" : nil
    versions.linear = kind == 2 ? UInt64(Self.smallVersion) : 1
    replace(
      Bundle(
        content: bundle.content, linear: bundle.linear, ranker: kind == 0 ? PopularityRanker() : nil,
        registry: kind == 2 ? Self.smallRegistry : .standard, versions: versions))
  }
}
