import Numerics
import Testing

/// splitmix64, so that a failing seed can be run again.
private struct Random {
  var state: UInt64
  mutating func float() -> Float {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float((x ^ (x >> 31)) >> 40) / Float(1 << 23) - 1
  }
  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }
}

@Suite struct VectorsTests {
  @Test(arguments: [0, 1, 2, 7, 15, 16, 17, 64, 129, 1_000]) func agreeWithLoops(count: Int) {
    var random = Random(state: UInt64(count))
    let x = random.floats(count)
    let y = random.floats(count)
    let expected = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(Vectors.dot(x, y, count)) - expected) < 1e-4)
    var a = y
    var b = x
    var c = y
    Vectors.addThrice(x, &a, 0.5, &b, -2, &c, count)
    for index in 0..<count {
      #expect(abs(a[index] - (y[index] + x[index])) < 1e-6)
      #expect(abs(b[index] - 1.5 * x[index]) < 1e-6)
      #expect(abs(c[index] - (y[index] - 2 * x[index])) < 1e-6)
    }
    var raised = y
    Vectors.raise(&raised, to: x, count)
    #expect(raised == zip(x, y).map { max($0, $1) })
  }

  @Test func gatheredRowsSkipMissingOnes() {
    var random = Random(state: 9)
    let table = random.floats(10 * 64)
    let query = random.floats(64)
    let rows: [Int32] = [3, -1, 0, 9]
    var out: [Float] = [9, 9, 9, 9]
    rows.withUnsafeBufferPointer {
      Vectors.dotRows(query, 64, table: table, stride: 64, rows: $0, into: &out)
    }
    for (place, row) in rows.enumerated() {
      let expected = row < 0 ? 0 : (0..<64).reduce(Float(0)) { $0 + query[$1] * table[Int(row) * 64 + $1] }
      #expect(abs(out[place] - expected) < 1e-4)
    }
  }

  @Test func nothingIsNotNormalised() {
    var zero: [Float] = [0, 0]
    #expect(!Vectors.normalise(&zero, 2))
    var infinite: [Float] = [.infinity, 1]
    #expect(!Vectors.normalise(&infinite, 2))
    var some: [Float] = [3, 4]
    #expect(Vectors.normalise(&some, 2))
    #expect(abs(some[0] - 0.6) < 1e-6)
  }
}

@Suite struct MatricesTests {
  @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 4, 33)]) func productAgreesWithLoops(m: Int, n: Int, k: Int) {
    var random = Random(state: UInt64(m * 100 + n))
    let a = random.floats(m * k)
    let b = random.floats(n * k)
    var c = [Float](repeating: 0, count: m * n)
    Matrices.multiply(a, lda: k, b, ldb: k, transposeB: true, m: m, n: n, k: k, into: &c, ldc: n)
    for row in 0..<m {
      for column in 0..<n {
        let expected = (0..<k).reduce(Float(0)) { $0 + a[row * k + $1] * b[column * k + $1] }
        #expect(abs(c[row * n + column] - expected) < 1e-4)
      }
    }
  }

  @Test(arguments: [0, 1, 2, 9, 40]) func inverseTimesMatrixIsOne(order: Int) throws {
    var random = Random(state: UInt64(order))
    let factor = random.floats(order * order).map(Double.init)
    var matrix = [Double](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in 0..<order {
        for inner in 0..<order {
          matrix[row * order + column] += factor[row * order + inner] * factor[column * order + inner]
        }
      }
      matrix[row * order + row] += 1
    }
    var inverse = matrix
    try Matrices.invert(symmetricPositive: &inverse, order: order)
    for row in 0..<order {
      for column in 0..<order {
        let product = (0..<order).reduce(0.0) { $0 + matrix[row * order + $1] * inverse[$1 * order + column] }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-8)
      }
    }
  }

  @Test func aMatrixThatIsNotPositiveIsNamed() {
    var matrix: [Double] = [1, 0, 0, -1]
    #expect(throws: NotPositiveDefinite.self) { try Matrices.invert(symmetricPositive: &matrix, order: 2) }
  }
}
