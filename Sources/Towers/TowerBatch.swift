import Glibc
import Numerics

/// Working memory of a batch, and its forward and backward pass.
///
/// Everything per item is done on slots: the distinct items of the batch's histories, and the columns that compete.
final class TowerBatch {
  let network: TowerNetwork
  let settings: TowerSettings
  let dimension: Int
  let width: Int
  // The users' side.
  private(set) var events: [TowerEvent]
  private(set) var eventCounts: [Int]
  let shares: FloatBuffer
  let pools: FloatBuffer
  let users: FloatBuffer
  private(set) var userNorms: [Float]
  private(set) var contexts: [(stage: Int, session: Int, profile: SIMD8<UInt16>)]
  let userGradients: FloatBuffer
  let poolGradients: FloatBuffer
  private(set) var slots: ItemSlots
  let inputs: FloatBuffer
  let inputGradients: FloatBuffer
  private var weights: PoolWeights
  // The items' side.
  var columns: ItemSlots
  let vectors: FloatBuffer
  private(set) var vectorNorms: [Float]
  let vectorGradients: FloatBuffer
  let logits: FloatBuffer
  let rawLogits: FloatBuffer
  /// -ln(chance of being among the columns); empty where every item is.
  var corrections: [Float] = []

  init(_ network: TowerNetwork, settings: TowerSettings, columnCapacity: Int) {
    self.network = network
    self.settings = settings
    dimension = settings.dimension
    width = settings.heads * settings.dimension
    let batch = settings.batch
    let slotCapacity = min(network.ownRows, batch * settings.history)
    events = Array(repeating: TowerEvent(row: 0, kind: 0, timeMs: 0), count: batch * settings.history)
    eventCounts = Array(repeating: 0, count: batch)
    shares = FloatBuffer(batch * settings.heads * settings.history)
    pools = FloatBuffer(batch * width)
    users = FloatBuffer(batch * dimension)
    userNorms = Array(repeating: 0, count: batch)
    contexts = Array(repeating: (0, 0, .zero), count: batch)
    userGradients = FloatBuffer(batch * dimension)
    poolGradients = FloatBuffer(batch * width)
    slots = ItemSlots(rows: network.ownRows)
    inputs = FloatBuffer(slotCapacity * dimension)
    inputGradients = FloatBuffer(slotCapacity * dimension)
    weights = PoolWeights(network.core.values.base, network.layout)
    columns = ItemSlots(rows: network.ownRows)
    vectors = FloatBuffer(columnCapacity * dimension)
    vectorNorms = Array(repeating: 0, count: columnCapacity)
    vectorGradients = FloatBuffer(columnCapacity * dimension)
    logits = FloatBuffer(batch * columnCapacity)
    rawLogits = FloatBuffer(columnCapacity)
  }

  /// Adds the gradients of the batch's mean loss to the network's; returns the summed loss.
  /// - Parameter targets: positions in `examples`, at most `settings.batch`, with a weight each.
  func run(
    _ targets: ArraySlice<(position: Int, weight: Float)>, _ examples: TowerExamples, _ random: inout TowerRandom
  )
    -> Double
  {
    gather(targets, examples, &random)
    let kept = slots.rows.map { _ in random.unit() >= settings.contentShare }
    let keptColumns = columns.rows.map { _ in random.unit() >= settings.contentShare }
    fillInputs(kept)
    fillVectors(keptColumns)
    forwardUsers(targets, examples)
    let loss = competes(targets, examples)
    backVectors(keptColumns, rows: targets.count)
    backUsers(targets, examples)
    backInputs(kept)
    return loss
  }

  // MARK: forward

  private func gather(
    _ targets: ArraySlice<(position: Int, weight: Float)>, _ examples: TowerExamples, _ random: inout TowerRandom
  ) {
    slots.removeAll()
    for (place, target) in targets.enumerated() {
      let start = Int(examples.starts[target.position])
      var position = target.position
      var count = 0
      while position > start && count < settings.history {
        position -= 1
        if settings.historyDropout > 0 && random.unit() < settings.historyDropout { continue }
        let slot = slots.slot(examples.rows[position])
        events[place * settings.history + count] = TowerEvent(
          row: slot, kind: examples.kinds[position], timeMs: examples.times[position])
        count += 1
      }
      eventCounts[place] = count
    }
  }

  private func fillInputs(_ kept: [Bool]) {
    inputs.clear(slots.count * dimension)
    for (slot, row) in slots.rows.enumerated() {
      let input = inputs.base + slot * dimension
      network.addContentIn(Int(row), to: input)
      if kept[slot] { Vectors.add(1, network.inputs.value(Int(row)), to: input, dimension) }
    }
  }

  private func fillVectors(_ kept: [Bool]) {
    vectors.clear(columns.count * dimension)
    for (column, row) in columns.rows.enumerated() {
      let vector = vectors.base + column * dimension
      network.addContentOut(Int(row), to: vector)
      if kept[column] { Vectors.add(1, network.outputs.value(Int(row)), to: vector, dimension) }
      vectorNorms[column] = max(1e-6, sqrtf(Vectors.dot(vector, vector, dimension)))
      Vectors.normalise(vector, dimension)
    }
  }

  private func forwardUsers(_ targets: ArraySlice<(position: Int, weight: Float)>, _ examples: TowerExamples) {
    weights.refresh(network.core.values.base, network.layout)
    for (place, target) in targets.enumerated() {
      let nowMs = examples.times[target.position]
      events.withUnsafeBufferPointer { events in
        let own = events.baseAddress.unsafelyUnwrapped + place * settings.history
        UserTower.pool(
          weights, own, count: eventCounts[place], nowMs: nowMs, inputs: inputs.base, dimension: dimension,
          into: pools.base + place * width, shares: shares.base + place * settings.heads * settings.history)
        contexts[place] = (
          TowerBuckets.stage(Int(examples.stages[target.position])),
          TowerBuckets.session(UserTower.sessionLength(own, count: eventCounts[place], nowMs: nowMs)),
          examples.profiles[target.position]
        )
      }
    }
    let core = network.core.values.base
    Matrices.multiply(
      pools.base, lda: width, core + network.layout.mix, ldb: dimension, m: targets.count, n: dimension, k: width,
      into: users.base, ldc: dimension)
    for place in 0..<targets.count {
      let user = users.base + place * dimension
      UserTower.addContext(
        core, network.layout, stage: contexts[place].stage, session: contexts[place].session,
        profile: contexts[place].profile, to: user)
      userNorms[place] = max(1e-6, sqrtf(Vectors.dot(user, user, dimension)))
      Vectors.normalise(user, dimension)
    }
  }

  /// Softmax over the columns; leaves the loss's gradients by logit in `logits`.
  private func competes(
    _ targets: ArraySlice<(position: Int, weight: Float)>, _ examples: TowerExamples
  ) -> Double {
    let count = columns.count
    let scale = expf(network.core.values.base[network.layout.scale])
    Matrices.multiply(
      users.base, lda: dimension, vectors.base, ldb: dimension, transposeB: true, m: targets.count, n: count,
      k: dimension, alpha: scale, into: logits.base, ldc: count)
    var loss = 0.0
    var scaleGradient: Float = 0
    let raw = rawLogits
    for (place, target) in targets.enumerated() {
      let row = logits.base + place * count
      raw.base.update(from: row, count: count)
      if !corrections.isEmpty { for column in 0..<count { row[column] += corrections[column] } }
      bar(before: target.position, examples, row)
      guard let own = columns.find(examples.rows[target.position]) else { continue }
      row[own] = raw.base[own] + (corrections.isEmpty ? 0 : corrections[own])
      Vectors.softmax(row, count)
      loss -= Double(target.weight * logf(max(1e-12, row[own])))
      row[own] -= 1
      let factor = target.weight / Float(targets.count)
      for column in 0..<count { row[column] *= factor }
      scaleGradient += Vectors.dot(row, raw.base, count)
    }
    network.core.gradients.base[network.layout.scale] += scaleGradient
    return loss
  }

  /// Bars what the user has met from the competition: it is never asked for, and a model that learned to push it down
  /// would forget what it says for its neighbours.
  private func bar(before position: Int, _ examples: TowerExamples, _ row: UnsafeMutablePointer<Float>) {
    for earlier in Int(examples.starts[position])..<position {
      if let column = columns.find(examples.rows[earlier]) { row[column] = Self.barred }
    }
  }

  private static let barred: Float = -1e4

  /// Rows whose embeddings have gradients.
  var touchedInputs: [Int32] { slots.rows }
  var touchedOutputs: [Int32] { columns.rows }
}
