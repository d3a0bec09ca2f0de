import Drift
import Glibc
import Testing

@Suite struct SamplerTests {
  private func reference(columns: Int, predictions: Bool) throws -> ReferenceHistograms {
    let matrix = (0..<columns).map { Float($0) }
    return try ReferenceHistograms(
      matrix: matrix, rows: 1, stride: columns, names: (0..<columns).map { "f\($0)" }, schemaHash: 1,
      predictions: predictions ? [1] : [])
  }

  @Test func rowsAreThoseServedWithTheirScores() throws {
    let sampler = ServedVectorSampler(
      reference: try reference(columns: 2, predictions: true), rowsPerOffer: 2, capacity: 100, seed: 1)
    // Rows of four floats, of which two are features: (10 r, 10 r + 1), score r.
    let matrix: [Float] = (0..<30).flatMap { row -> [Float] in [Float(10 * row), Float(10 * row + 1), -1, -1] }
    let scores = (0..<30).map { Double($0) }
    for _ in 0..<20 { sampler.offer(matrix, rows: 30, stride: 4, scores: scores) }
    sampler.offer(matrix, rows: 1, stride: 4, scores: scores)
    sampler.offer(matrix, rows: 0, stride: 4, scores: scores)
    sampler.offer(matrix, rows: 30, stride: 4)
    let sample = sampler.drain()
    #expect(sample.columns == 3 && sample.count == 41 && sample.draws == 21)
    for row in 0..<sample.count {
      let place = sample.rows[3 * row + 2]
      #expect(sample.rows[3 * row] == 10 * place && sample.rows[3 * row + 1] == 10 * place + 1)
    }
    #expect(Set((0..<40).map { sample.rows[3 * $0] }).count > 15)
    #expect(sampler.drain().count == 0)
  }

  @Test func memoryIsBoundedAndWhatStaysIsAUniformSample() throws {
    print("seed 3")
    let sampler = ServedVectorSampler(
      reference: try reference(columns: 1, predictions: false), rowsPerOffer: 1, capacity: 1_000, seed: 3)
    for number in 0..<20_000 { withUnsafePointer(to: Float(number)) { sampler.offer($0, rows: 1, stride: 1) } }
    let sample = sampler.drain()
    #expect(sample.count == 1_000 && sample.draws == 1_000)
    let mean = sample.rows.reduce(0, +) / 1_000
    // Standard error of the mean of 1,000 uniform draws from 0..<20,000 is 183.
    #expect(abs(mean - 10_000) < 900)
  }

  @Test func theSameSeedTakesTheSameRows() throws {
    let matrix = (0..<500).map { Float($0) }
    func rows(_ seed: UInt64) throws -> [Float] {
      let sampler = ServedVectorSampler(reference: try reference(columns: 1, predictions: false), seed: seed)
      for _ in 0..<50 { sampler.offer(matrix, rows: 500, stride: 1) }
      return sampler.drain().rows
    }
    #expect(try rows(7) == rows(7))
    #expect(try rows(7) != rows(8))
  }

  @Test func manyThreadsOfferWholeRowsAndNoneWaits() async throws {
    let columns = 16
    let sampler = ServedVectorSampler(
      reference: try reference(columns: columns, predictions: false), capacity: 512, seed: 5)
    let offers = 4_000
    let drained = await withTaskGroup(of: Int.self) { group in
      for thread in 1...4 {
        group.addTask {
          let matrix = [Float](repeating: Float(thread), count: columns * 20)
          for _ in 0..<offers { sampler.offer(matrix, rows: 20, stride: columns) }
          return 0
        }
      }
      group.addTask {
        var draws = 0
        for _ in 0..<200 {
          let sample = sampler.drain()
          draws += sample.draws
          for row in 0..<sample.count {
            let values = Set(sample.rows[row * columns..<(row + 1) * columns])
            #expect(values.count == 1)
          }
        }
        return draws
      }
      return await group.reduce(0, +)
    }
    let rest = sampler.drain()
    #expect(rest.count <= 512)
    #expect(drained + rest.draws + Int(sampler.missedOffers) <= 4 * offers)
    #expect(drained + rest.draws > 0)
  }
}
