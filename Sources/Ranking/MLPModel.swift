import Numerics

/// A small network over the features of one candidate: quantiles in, one hidden layer of SiLU, one score out.
///
/// An immutable value; `MLPRanker` scores with it, `MLPTrainer` makes it.
public struct MLPModel: Sendable, Equatable {
  /// Units of the hidden layer at most: the bound of a thread's working memory.
  public static let maximumHidden = 256

  public let quantiles: QuantileMap
  public let hidden: Int
  /// `columns` x `hidden`, row-major.
  public let inputWeights: [Float]
  public let biases: [Float]
  public let outputWeights: [Float]
  /// Hash of the registry that made the matrix; a matrix of another must not be scored.
  public let schemaHash: UInt64

  public var columns: Int { quantiles.columns }

  /// - Precondition: the sizes fit.
  init(
    quantiles: QuantileMap, inputWeights: [Float], biases: [Float], outputWeights: [Float], schemaHash: UInt64
  ) {
    hidden = biases.count
    precondition(hidden <= Self.maximumHidden && outputWeights.count == hidden, "a layer of \(hidden) units")
    precondition(inputWeights.count == quantiles.columns * hidden, "\(inputWeights.count) weights")
    self.quantiles = quantiles
    self.inputWeights = inputWeights
    self.biases = biases
    self.outputWeights = outputWeights
    self.schemaHash = schemaHash
  }
}

extension MLPModel {
  /// First bytes of the artefact: a name and the version of its layout.
  private static let magic: [UInt8] = Array("FRESHMLP".utf8) + [1, 0, 0, 0]
  /// Columns at most in a file that is believed.
  private static let maximumColumns = 4_096

  /// The artefact's bytes, little-endian: magic, schema hash, columns, hidden; each column's number of knots and knots;
  /// input weights, biases, output weights.
  public var bytes: [UInt8] {
    var out = Self.magic
    func put<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
    }
    put(schemaHash)
    put(UInt32(columns))
    put(UInt32(hidden))
    for column in quantiles.knots {
      put(UInt32(column.count))
      for knot in column { put(knot.bitPattern) }
    }
    for weight in inputWeights { put(weight.bitPattern) }
    for weight in biases { put(weight.bitPattern) }
    for weight in outputWeights { put(weight.bitPattern) }
    return out
  }

  /// Reads an artefact.
  /// - Parameter schemaHash: of the registry in use.
  /// - Throws: `badModel` for bytes that are no such artefact, `schemaMismatch` for other features.
  public init(bytes: [UInt8], schemaHash: UInt64) throws(RankingError) {
    var reader = MLPReader(bytes)
    guard bytes.starts(with: Self.magic) else { throw RankingError(.badModel, "not the file of a small network") }
    reader.skip(Self.magic.count)
    let stored: UInt64 = try reader.integer()
    guard stored == schemaHash else {
      throw RankingError(
        .schemaMismatch,
        "the network was trained for feature schema \(String(stored, radix: 16)), this build computes "
          + "\(String(schemaHash, radix: 16)): train again (make train-ranker), or run the build that trained it")
    }
    let columns = Int(try reader.integer() as UInt32)
    let hidden = Int(try reader.integer() as UInt32)
    guard (1...Self.maximumColumns).contains(columns), (1...Self.maximumHidden).contains(hidden) else {
      throw RankingError(.badModel, "a network of \(columns) columns and \(hidden) units")
    }
    var knots: [[Float]] = []
    for _ in 0..<columns {
      let count = Int(try reader.integer() as UInt32)
      guard count <= QuantileMap.maximumKnots else { throw RankingError(.badModel, "\(count) knots in a column") }
      let column = try reader.floats(count)
      guard zip(column, column.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw RankingError(.badModel, "knots that do not ascend")
      }
      knots.append(column)
    }
    let input = try reader.floats(columns * hidden)
    let biases = try reader.floats(hidden)
    let output = try reader.floats(hidden)
    guard reader.isAtEnd else { throw RankingError(.badModel, "bytes behind the network's end") }
    self.init(
      quantiles: QuantileMap(knots: knots), inputWeights: input, biases: biases, outputWeights: output,
      schemaHash: stored)
  }
}

/// Reads numbers from bytes, checking their end.
private struct MLPReader {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }
  mutating func skip(_ count: Int) { at += count }

  mutating func integer<T: FixedWidthInteger>() throws(RankingError) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - at >= size else { throw RankingError(.badModel, "the network's file is cut off") }
    defer { at += size }
    return T(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: T.self) })
  }

  mutating func floats(_ count: Int) throws(RankingError) -> [Float] {
    guard bytes.count - at >= 4 * count else { throw RankingError(.badModel, "the network's file is cut off") }
    var values: [Float] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      let value = Float(bitPattern: try integer())
      guard value.isFinite else { throw RankingError(.badModel, "a number of the network is not finite") }
      values.append(value)
    }
    return values
  }
}
