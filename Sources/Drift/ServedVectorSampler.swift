import Synchronization

/// Rows that a sampler gathered.
public struct ServedSample: Sendable {
  /// `count` x `columns` floats, row-major.
  public let rows: [Float]
  public let columns: Int
  /// Requests that the rows came from.
  public let draws: Int
  public var count: Int { rows.count / columns }
}

/// Takes a few rows of each served matrix, cheaply: a request copies them, another thread counts them later.
///
/// Any thread offers; a request never waits: where another holds the lock at that instant, its rows are left out (and
/// counted), which biases nothing. When the room is full, rows are replaced at random (Vitter's algorithm R), so that
/// what remains is a uniform sample of all offered.
public final class ServedVectorSampler: Sendable {
  private struct State {
    var rows: [Float]
    var random: UInt64
    /// Rows chosen since the last drain, those replaced among them.
    var chosen = 0
    var offers = 0
  }

  /// Some 2 MB at 60 features; a window has at least a thousand rows.
  public static let standardCapacity = 8_192

  public let columns: Int
  public let hasPredictions: Bool
  private let rowsPerOffer: Int
  private let capacity: Int
  private let state: Mutex<State>
  private let busy = Atomic<UInt64>(0)

  /// - Parameters:
  ///   - reference: gives the columns, and whether predictions belong to them.
  ///   - rowsPerOffer: of each matrix; rows of one request say little more about the user than one does.
  public init(
    reference: ReferenceHistograms, rowsPerOffer: Int = 2, capacity: Int = standardCapacity, seed: UInt64
  ) {
    precondition(rowsPerOffer > 0 && capacity > 0, "a sampler takes \(rowsPerOffer) rows into \(capacity)")
    columns = reference.features.count
    hasPredictions = reference.hasPredictions
    self.rowsPerOffer = rowsPerOffer
    self.capacity = capacity
    state = Mutex(State(rows: Self.room(capacity * columns), random: seed))
  }

  private static func room(_ floats: Int) -> [Float] {
    var rows: [Float] = []
    rows.reserveCapacity(floats)
    return rows
  }

  /// Offers a served matrix: `rows` x features floats, row-major, `stride` floats apart. Never blocks.
  /// - Parameter scores: the ranker's, one a row; without them nothing is taken by a sampler that has predictions.
  /// - Complexity: O(rowsPerOffer * features).
  public func offer(_ matrix: UnsafePointer<Float>, rows: Int, stride: Int, scores: UnsafePointer<Double>? = nil) {
    guard rows > 0, !hasPredictions || scores != nil else { return }
    let wasFree: Void? = state.withLockIfAvailable { state in
      state.offers += 1
      for number in 0..<min(rows, rowsPerOffer) {
        let row = rows <= rowsPerOffer ? number : Self.draw(below: rows, &state.random)
        take(matrix + row * stride, hasPredictions ? scores.map { Float($0[row]) } : nil, into: &state)
      }
    }
    if wasFree == nil { busy.wrappingAdd(1, ordering: .relaxed) }
  }

  private func take(_ row: UnsafePointer<Float>, _ score: Float?, into state: inout State) {
    state.chosen += 1
    let features = score == nil ? columns : columns - 1
    let source = UnsafeBufferPointer(start: row, count: features)
    guard state.rows.count == capacity * columns else {
      state.rows.append(contentsOf: source)
      if let score { state.rows.append(score) }
      return
    }
    let place = Self.draw(below: state.chosen, &state.random)
    guard place < capacity else { return }
    for column in 0..<features { state.rows[place * columns + column] = source[column] }
    if let score { state.rows[place * columns + features] = score }
  }

  /// splitmix64; the remainder's bias is below 2^-40 for any number of rows.
  private static func draw(below bound: Int, _ state: inout UInt64) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((x ^ (x >> 31)) % UInt64(bound))
  }

  /// Takes what was gathered and starts anew.
  public func drain() -> ServedSample {
    var rows = Self.room(capacity * columns)
    let offers = state.withLock { state in
      swap(&rows, &state.rows)
      defer { (state.offers, state.chosen) = (0, 0) }
      return state.offers
    }
    return ServedSample(rows: rows, columns: columns, draws: min(offers, rows.count / columns))
  }

  /// Matrices left out because the lock was held.
  public var missedOffers: UInt64 { busy.load(ordering: .relaxed) }
}
