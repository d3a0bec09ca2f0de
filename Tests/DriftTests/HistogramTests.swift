import Drift
import Glibc
import JSON
import Testing

@Suite struct HistogramTests {
  private func reference(_ values: [Float]) throws -> ReferenceHistograms {
    try ReferenceHistograms(matrix: values, rows: values.count, stride: 1, names: ["x"], schemaHash: 1)
  }

  /// Bins by their definition.
  private func naiveCounts(_ values: [Float], _ edges: [Float]) -> [UInt64] {
    var counts = [UInt64](repeating: 0, count: edges.count + 2)
    for value in values {
      counts[value.isFinite ? edges.filter { $0 < value }.count : edges.count + 1] += 1
    }
    return counts
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func countsAreThoseOfTheDefinitionForEveryKindOfData(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(seed)
    let count = Int.random(in: 1...3_000, using: &random)
    let distinct = [1, 2, 3, 9, 11, 1_000_000].randomElement(using: &random) ?? 1
    let values = (0..<count).map { _ -> Float in
      let tie = Float(Int.random(in: 0..<distinct, using: &random)) - Float(distinct / 2)
      return Bool.random(using: &random) ? tie : tie * Float(random.uniform() < 0.5 ? 1 : -0.5)
    }
    let made = try reference(values)
    let feature = made.features[0]
    #expect(feature.edges.count <= FeatureBins.maximumEdges)
    #expect(zip(feature.edges, feature.edges.dropFirst()).allSatisfy { $0 < $1 })
    #expect(feature.counts == naiveCounts(values, feature.edges))
    // A value with a tenth of the mass is alone in its bin.
    for (value, number) in Dictionary(grouping: values, by: { $0 }).mapValues(\.count) where 10 * number >= count {
      #expect(feature.counts.contains(UInt64(number)), "\(value) stands \(number) times")
    }
    var served = values.map { $0 * 3 - 1 } + [.nan, .infinity]
    served.shuffle(using: &random)
    var window = HistogramWindow(made)
    for value in served { withUnsafePointer(to: value) { window.add($0) } }
    #expect(Array(window.counts(of: 0)) == naiveCounts(served, feature.edges))
    #expect(window.samples == served.count && window.draws == served.count)
  }

  @Test func continuousDataAreCutIntoTenths() throws {
    let feature = try reference((0..<10_000).map { Float($0) }).features[0]
    #expect(feature.counts == [UInt64](repeating: 1_000, count: 10) + [0])
  }

  @Test func aConstantFeatureHasABinOnBothSides() throws {
    let feature = try reference([Float](repeating: 5, count: 100)).features[0]
    #expect(feature.counts == [0, 100, 0, 0])
    var window = HistogramWindow(try reference([Float](repeating: 5, count: 100)))
    for value in [4.999, 5, 5.001] as [Float] { withUnsafePointer(to: value) { window.add($0) } }
    #expect(Array(window.counts(of: 0)) == [1, 1, 1, 0])
  }

  @Test func moreRowsThanTheBoundAreSampledEvenly() throws {
    let rows = ReferenceHistograms.maximumRows * 2 + 1
    let made = try reference((0..<rows).map { Float($0 % 1_000) })
    #expect(made.samples == ReferenceHistograms.maximumRows)
    let most = made.features[0].counts.max() ?? 0
    #expect(most < 11_000)
  }

  @Test func columnsAreReadByStrideAndPredictionsComeLast() throws {
    // Two features in rows of three floats.
    let matrix: [Float] = [1, 10, -1, 2, 20, -1, 3, 30, -1]
    let made = try ReferenceHistograms(
      matrix: matrix, rows: 3, stride: 3, names: ["a", "b"], schemaHash: 1, predictions: [0.5, 0.5, 0.5])
    #expect(made.names == ["a", "b", "prediction"] && made.hasPredictions)
    #expect(made.features[1].edges.contains(20) && !made.features[1].edges.contains(2))
    #expect(made.features[2].counts == [0, 3, 0, 0])
  }

  @Test func vectorsThatCannotBeDescribedAreRefusedByName() {
    let nan = #expect(throws: DriftError.self) { try reference([1, .nan]) }
    #expect(nan?.message.contains("\"x\"") == true && nan?.message.contains("row 1") == true)
    #expect(throws: DriftError.self) { try reference([]) }
    let twice = #expect(throws: DriftError.self) {
      try ReferenceHistograms(matrix: [1, 2], rows: 1, stride: 2, names: ["x", "x"], schemaHash: 1)
    }
    #expect(twice?.message.contains("\"x\"") == true)
    #expect(throws: DriftError.self) {
      try ReferenceHistograms(matrix: [1], rows: 1, stride: 1, names: ["x"], schemaHash: 1, predictions: [1, 2])
    }
  }

  @Test func windowsOfSeveralThreadsAddUp() throws {
    let made = try reference((0..<100).map { Float($0) })
    var whole = HistogramWindow(made)
    var parts = [HistogramWindow](repeating: HistogramWindow(made), count: 3)
    for number in 0..<90 {
      withUnsafePointer(to: Float(number)) {
        whole.add($0)
        parts[number % 3].add($0)
      }
    }
    var merged = HistogramWindow(made)
    for part in parts { merged.merge(part) }
    #expect(merged.counts(of: 0) == whole.counts(of: 0))
    #expect(merged.samples == whole.samples && merged.draws == whole.draws)
  }

  @Test func aReferenceReadsBackEqualFromItsText() throws {
    var requests = Requests(seed: 5)
    let made = try requests.reference(groups: 40)
    #expect(try ReferenceHistograms(json: JSONValue.parse(made.json.bytes)) == made)
    try made.requireSchema(77)
    let failure = #expect(throws: DriftError.self) { try made.requireSchema(78) }
    #expect(failure?.code == .schemaMismatch)
  }

  @Test(arguments: [
    (#""schema_hash":"000000000000004d""#, #""schema_hash":77"#, "schema_hash"),
    (#""samples":3"#, #""samples":4"#, "sum is samples"), (#""draws":3"#, #""draws":9"#, "draws"),
    (#""name":"x""#, #""name":7"#, "features[0].name"), (#""counts":[0,"#, #""counts":["#, "counts of \"x\""),
    (#""edges":["#, #""edges":[1e40,"#, "edges of \"x\""), (#""features":["#, #""features":7,"x":["#, "features"),
  ]) func aDocumentThatIsNoReferenceIsRefusedByMember(part: String, by: String, named: String) throws {
    let made = try ReferenceHistograms(matrix: [5, 5, 5], rows: 3, stride: 1, names: ["x"], schemaHash: 77)
    let text = String(decoding: made.json.bytes, as: UTF8.self)
    #expect(text.contains(part))
    let pieces = text.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
    let changed = pieces.joined(separator: by)
    let failure = #expect(throws: DriftError.self) { try ReferenceHistograms(json: JSONValue.parse(changed)) }
    #expect(failure?.code == .badDocument)
    #expect(failure?.message.contains(named) == true, "\(failure?.message ?? "")")
  }
}
