import Glibc
import Numerics

/// The backward pass: from the logits' gradients, which `competes` left, to those of every table.
extension TowerBatch {
  func backVectors(_ kept: [Bool], rows: Int) {
    let count = columns.count
    let scale = expf(network.core.values.base[network.layout.scale])
    Matrices.multiply(
      logits.base, lda: count, vectors.base, ldb: dimension, m: rows, n: dimension, k: count, alpha: scale,
      into: userGradients.base, ldc: dimension)
    Matrices.multiply(
      logits.base, lda: count, transposeA: true, users.base, ldb: dimension, m: count, n: dimension, k: rows,
      alpha: scale, into: vectorGradients.base, ldc: dimension)
    for (column, row) in columns.rows.enumerated() {
      let gradient = vectorGradients.base + column * dimension
      Self.backNormalise(vectors.base + column * dimension, vectorNorms[column], gradient, dimension)
      if kept[column] { Vectors.add(1, gradient, to: network.outputs.gradient(Int(row)), dimension) }
      network.backContent(
        Int(row), gradient, genres: network.layout.genresOut, years: network.layout.yearsOut)
    }
  }

  /// Turns a gradient with respect to x / |x| into one with respect to x.
  private static func backNormalise(
    _ unit: UnsafePointer<Float>, _ norm: Float, _ gradient: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let along = Vectors.dot(unit, gradient, count)
    for place in 0..<count { gradient[place] = (gradient[place] - along * unit[place]) / norm }
  }

  func backUsers(_ targets: ArraySlice<(position: Int, weight: Float)>, _ examples: TowerExamples) {
    let layout = network.layout
    let gradients = network.core.gradients.base
    for place in 0..<targets.count {
      let gradient = userGradients.base + place * dimension
      Self.backNormalise(users.base + place * dimension, userNorms[place], gradient, dimension)
      UserTower.addBackContext(
        gradients, layout, stage: contexts[place].stage, session: contexts[place].session,
        profile: contexts[place].profile, gradient)
    }
    Matrices.multiply(
      userGradients.base, lda: dimension, network.core.values.base + layout.mix, ldb: dimension, transposeB: true,
      m: targets.count, n: width, k: dimension, into: poolGradients.base, ldc: width)
    Matrices.multiply(
      pools.base, lda: width, transposeA: true, userGradients.base, ldb: dimension, m: width, n: dimension,
      k: targets.count, beta: 1, into: gradients + layout.mix, ldc: dimension)
    inputGradients.clear(slots.count * dimension)
    for (place, target) in targets.enumerated() {
      backPool(place, nowMs: examples.times[target.position])
    }
  }

  private func backPool(_ place: Int, nowMs: Int64) {
    let count = eventCounts[place]
    let layout = network.layout
    let gradients = network.core.gradients.base
    let kindValues = network.core.values.base + layout.kinds
    for head in 0..<settings.heads {
      let gradient = poolGradients.base + place * width + head * dimension
      let pool = pools.base + place * width + head * dimension
      let shares = shares.base + place * settings.heads * settings.history + head * count
      let mean = Vectors.dot(gradient, pool, dimension)
      for age in 0..<count {
        let event = events[place * settings.history + age]
        let kind = Int(event.kind)
        let value = Vectors.dot(gradient, inputs.base + Int(event.row) * dimension, dimension)
        let factor = kindValues[head * TowerBuckets.kinds + kind]
        gradients[layout.kinds + head * TowerBuckets.kinds + kind] += shares[age] * value
        let logit = shares[age] * (factor * value - mean)
        gradients[layout.ages + head * TowerBuckets.ages + Int(TowerBuckets.ageBucket[age])] += logit
        gradients[layout.gaps + head * TowerBuckets.gaps + TowerBuckets.gap(nowMs &- event.timeMs)] += logit
        Vectors.add(shares[age] * factor, gradient, to: inputGradients.base + Int(event.row) * dimension, dimension)
      }
    }
  }

  func backInputs(_ kept: [Bool]) {
    for (slot, row) in slots.rows.enumerated() {
      let gradient = inputGradients.base + slot * dimension
      if kept[slot] { Vectors.add(1, gradient, to: network.inputs.gradient(Int(row)), dimension) }
      network.backContent(Int(row), gradient, genres: network.layout.genresIn, years: network.layout.yearsIn)
    }
  }
}
