import Identity
import Testing

@testable import Retrieval

@Suite struct SnapshotTests {
  private func built(_ count: Int, dimension: Int = 16, seed: Int) throws -> (VectorIndex, [Float]) {
    var random = SeededGenerator(seed: seed)
    let vectors = (0..<count).flatMap { _ in randomVector(dimension, &random) }
    let index = VectorIndex(dimension: dimension)
    try index.rebuild(labels: (0..<Int64(count)).map { $0 }, vectors: vectors)
    return (index, vectors)
  }

  /// Readers on other threads keep their answers while the writer changes everything.
  @Test func aSnapshotStaysWhatItIs() async throws {
    let (index, vectors) = try built(300, seed: 4)
    let before = try #require(index.snapshot)
    let query = Array(vectors[0..<16])
    let expected = try before.hits(query, k: 50).map(\.label)
    let reading = Task.detached { () throws -> Int in
      var reads = 0
      while !Task.isCancelled || reads < 50 {
        guard try before.hits(query, k: 50).map(\.label) == expected else { return -1 }
        guard try index.snapshot?.hits(query, k: 5).count == 5 else { return -1 }
        reads += 1
      }
      return reads
    }
    var random = SeededGenerator(seed: 5)
    for round in 0..<60 {
      var changes = VectorChanges(dimension: 16)
      for label in 0..<20 { changes.put(Int64(label * 10 + round % 10), randomVector(16, &random)) }
      changes.remove(Int64(round))
      try index.apply(changes)
    }
    reading.cancel()
    #expect(try await reading.value > 0)
    #expect(index.snapshot?.generation == before.generation + 60)
    #expect(before.count == 300)
  }

  @Test func bytesCarryKeysAndGiveTheSameAnswers() throws {
    let (index, vectors) = try built(200, seed: 6)
    let snapshot = try #require(index.snapshot)
    let key = { (label: Int64) in label == 7 ? nil : ItemKey(EntityID(label)) }
    let bytes = try snapshot.bytes(key: key)
    // Another process numbers the same items otherwise, and does not know one of them.
    var labels: [ItemKey: Int64] = [:]
    for label in 0..<Int64(200) where label != 11 { labels[ItemKey(EntityID(label))] = 500 + label }
    let read = try VectorIndexSnapshot(bytes: bytes) { labels[$0] }
    #expect(read.count == 198)
    #expect(read.shape == snapshot.shape)
    for row in stride(from: 0, to: 200, by: 13) {
      let query = Array(vectors[row * 16..<(row + 1) * 16])
      let old = try snapshot.hits(query, k: 20).map(\.label).filter { $0 != 7 && $0 != 11 }.prefix(15)
      #expect(try read.hits(query, k: 15).map { $0.label - 500 } == Array(old))
      #expect(read.vector(Int64(500 + row)) == snapshot.vector(Int64(row)))
    }
    let adopting = VectorIndex(dimension: 16)
    try adopting.adopt(read)
    #expect(adopting.snapshot?.count == 198)
    #expect(throws: RetrievalError.self) { try VectorIndex(dimension: 8).adopt(read) }
  }

  @Test func tornBytesAreNamed() throws {
    let bytes = try #require(try built(50, seed: 7).0.snapshot).bytes { ItemKey(EntityID($0)) }
    for length in [0, 3, 23, 24, 25, bytes.count / 2, bytes.count - 1] {
      #expect(throws: RetrievalError.self) { try VectorIndexSnapshot(bytes: Array(bytes[..<length])) { _ in 1 } }
    }
    for place in [0, 4, 16, 30, bytes.count - 1] {
      var damaged = bytes
      damaged[place] ^= 0x55
      #expect(throws: RetrievalError.self) { try VectorIndexSnapshot(bytes: damaged) { _ in 1 } }
    }
  }
}

@Suite struct ShapeAndPolicyTests {
  @Test func smallCataloguesAreSearchedExactly() {
    #expect(IndexShape.forCount(1_682) == IndexShape(lists: 1, probe: 1))
    #expect(IndexShape.forCount(0) == IndexShape(lists: 1, probe: 1))
    #expect(IndexShape.forCount(1_000_000) == IndexShape(lists: 100, probe: 10))
    #expect(IndexShape.forCount(1_000_000, lists: 1_024, probe: 16) == IndexShape(lists: 1_024, probe: 16))
    let scaled = IndexShape.forCount(20_000, lists: 1_000, probe: 100)
    #expect(scaled.lists == 312 && scaled.probe == 32)
  }

  /// More lists than are probed lose hits; a rebuild with queries probes as many as the wanted recall takes.
  @Test func recallIsMeasuredAgainstExactSearchAndTunesTheProbes() throws {
    var random = SeededGenerator(seed: 8)
    let count = IndexShape.exactBelow
    let vectors = (0..<count).flatMap { _ in randomVector(8, &random) }
    let labels = (0..<Int64(count)).map { $0 }
    let queries = (0..<20).flatMap { _ in randomVector(8, &random) }
    let index = VectorIndex(dimension: 8, lists: 64, probe: 1)
    let poor = try index.rebuild(labels: labels, vectors: vectors)
    #expect(poor.shape == IndexShape(lists: 64, probe: 1))
    let recall = try poor.recall(at: 100, queries: queries)
    #expect(recall < 0.99)
    #expect(try poor.recall(at: 100, queries: queries, probe: 64) == 1)
    let tuned = try index.rebuild(labels: labels, vectors: vectors, queries: queries)
    #expect(tuned.shape.probe > 1)
    #expect(try tuned.recall(at: 100, queries: queries) >= VectorIndex.wantedRecall)
  }

  @Test func thePolicyNamesEveryReason() {
    let policy = IndexRebuildPolicy(interval: .seconds(60), churn: 0.3, recall: 0.99)
    #expect(policy.reasons(IndexHealth(age: .seconds(59), churn: 0.29, recall: 0.99)) == [])
    #expect(policy.reasons(IndexHealth(age: .seconds(60), churn: 0.01)) == [.schedule])
    #expect(policy.reasons(IndexHealth(age: .seconds(600), churn: 0)) == [])
    #expect(policy.reasons(IndexHealth(age: .zero, churn: 0.3)) == [.churn])
    #expect(policy.reasons(IndexHealth(age: .seconds(99), churn: 0.5, recall: 0.9)) == [.schedule, .churn, .recall])
  }

  @Test func churnCountsChangesSinceTheRebuild() throws {
    var random = SeededGenerator(seed: 9)
    let index = VectorIndex(dimension: 8)
    #expect(index.churn == 0)
    try index.rebuild(labels: [0, 1, 2, 3], vectors: (0..<4).flatMap { _ in randomVector(8, &random) })
    var changes = VectorChanges(dimension: 8)
    changes.put(1, randomVector(8, &random))
    changes.put(1, randomVector(8, &random))
    changes.remove(2)
    #expect(changes.count == 2)
    try index.apply(changes)
    #expect(index.churn == 0.5)
    try index.rebuild(labels: [0], vectors: randomVector(8, &random))
    #expect(index.churn == 0)
  }
}
