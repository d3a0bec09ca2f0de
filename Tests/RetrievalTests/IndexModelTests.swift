import Identity
import Testing

@testable import Retrieval

/// Random changes against a dictionary, exact search against a scan.
@Suite struct IndexModelTests {
  @Test(arguments: 1...6) func agreesWithADictionaryAfterAnyChanges(seed: Int) throws {
    var random = SeededGenerator(seed: seed)
    let dimension = [8, 16, 64][seed % 3]
    let index = VectorIndex(dimension: dimension)
    var model = DictionaryIndex()
    var changes = VectorChanges(dimension: dimension)
    for step in 0..<400 {
      let label = Int64.random(in: 0..<120, using: &random)
      if Int.random(in: 0..<4, using: &random) == 0 {
        changes.remove(label)
        model.vectors[label] = nil
      } else {
        let vector = randomVector(dimension, &random)
        changes.put(label, vector)
        model.vectors[label] = vector
      }
      guard Int.random(in: 0..<20, using: &random) == 0 else { continue }
      try index.apply(changes)
      changes.removeAll()
      try compare(index, model, dimension, &random, "seed \(seed), step \(step)")
    }
  }

  private func compare(
    _ index: VectorIndex, _ model: DictionaryIndex, _ dimension: Int, _ random: inout SeededGenerator, _ trace: String
  ) throws {
    let snapshot = try #require(index.snapshot, "\(trace)")
    #expect(snapshot.count == model.vectors.count, "\(trace)")
    #expect(Set(try snapshot.labels()) == Set(model.vectors.keys), "\(trace)")
    for k in [0, 1, 10, 500] {
      let query = randomVector(dimension, &random)
      let barred = (0..<100).map { _ in Bool.random(using: &random) }
      for mask in [nil, barred] {
        let expected = model.search(query, k: k, barred: mask)
        let found = try snapshot.hits(query, k: k, barred: mask)
        // Scores decide: equal ones may stand in any order.
        #expect(found.count == expected.count, "\(trace), k \(k)")
        for (hit, wanted) in zip(found, expected) {
          #expect(abs(hit.score - wanted.score) < 1e-4, "\(trace), k \(k)")
          #expect(mask.map { Int(hit.label) < $0.count && !$0[Int(hit.label)] } ?? true, "\(trace), k \(k)")
        }
        #expect(Set(found.map(\.label)).count == found.count, "\(trace), k \(k)")
      }
    }
    for label in model.vectors.keys.prefix(5) { #expect(snapshot.vector(label) == model.vectors[label], "\(trace)") }
    #expect(snapshot.vector(9_999) == nil)
  }

  /// With many lists: what is changed in place is found where it now belongs.
  @Test func listsHoldWhatWasUpdatedAndRemoved() throws {
    var random = SeededGenerator(seed: 11)
    let training = (0..<2_000).flatMap { _ in randomVector(16, &random) }
    let faiss = try FaissIndex(dimension: 16, lists: 20, training: training)
    var model = DictionaryIndex()
    for round in 0..<30 {
      var labels: [Int64] = []
      var vectors: [Float] = []
      for label in Set((0..<40).map { _ in Int64.random(in: 0..<300, using: &random) }) {
        let vector = randomVector(16, &random)
        labels.append(label)
        vectors += vector
        model.vectors[label] = vector
      }
      try faiss.put(vectors, labels: labels)
      let gone = labels.prefix(round % 10) + [100_000]
      #expect(try faiss.remove(Array(gone)) == gone.count - 1)
      for label in gone { model.vectors[label] = nil }
      #expect(faiss.count == model.vectors.count)
      let snapshot = VectorIndexSnapshot(
        try faiss.clone(), shape: IndexShape(lists: 20, probe: 20), generation: 1)
      for (label, vector) in model.vectors.prefix(20) {
        #expect(try snapshot.hits(vector, k: 1).first?.label == label, "round \(round)")
      }
    }
  }

  @Test func numbersThatAreNotFiniteAreRefusedAndChangeNothing() throws {
    let index = VectorIndex(dimension: 8)
    var random = SeededGenerator(seed: 3)
    try index.rebuild(labels: [1, 2], vectors: randomVector(8, &random) + randomVector(8, &random))
    for bad in [Float.nan, .infinity, -.infinity] {
      var vector = randomVector(8, &random)
      vector[5] = bad
      var changes = VectorChanges(dimension: 8)
      changes.put(3, vector)
      changes.remove(1)
      #expect(throws: RetrievalError.self) { try index.apply(changes) }
      #expect(throws: RetrievalError.self) { try index.rebuild(labels: [1], vectors: vector) }
      #expect(throws: RetrievalError.self) { try index.snapshot?.hits(vector, k: 1) }
      #expect(index.snapshot?.count == 2)
    }
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let index = VectorIndex(dimension: 8)
    #expect(throws: RetrievalError.self) { try index.rebuild(labels: [], vectors: []) }
    #expect(throws: RetrievalError.self) {
      try index.rebuild(labels: [1, 1], vectors: Array(repeating: 0.5, count: 16))
    }
    #expect(throws: RetrievalError.self) { try index.rebuild(labels: [-1], vectors: Array(repeating: 0.5, count: 8)) }
    #expect(throws: RetrievalError.self) { try index.rebuild(labels: [1], vectors: [1]) }
    #expect(throws: RetrievalError.self) { try index.apply(VectorChanges(dimension: 4)) }
    #expect(try index.apply(VectorChanges(dimension: 8)) == nil)
    #expect(index.snapshot == nil)
  }
}
