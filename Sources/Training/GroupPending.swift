import State

/// A group that waits for what its user likes next. All its candidates are kept: which of them are labels is not known.
struct PendingGroup {
  let sequence: UInt64
  let userHash: UInt64
  let timeMs: Int64
  let items: [ItemIndex]
  let matrix: [Float]
  var labels: [UInt8]
  /// Of a shown list: the place of each item; empty for a group of candidates.
  let positions: [UInt8]
  /// Candidates that the user liked later: left out.
  private var isLeftOut: [Bool]

  init(
    sequence: UInt64, userHash: UInt64, timeMs: Int64, items: [ItemIndex], matrix: [Float], labels: [UInt8],
    positions: [UInt8] = []
  ) {
    self.sequence = sequence
    self.userHash = userHash
    self.timeMs = timeMs
    self.items = items
    self.matrix = matrix
    self.labels = labels
    self.positions = positions
    isLeftOut = Array(repeating: false, count: labels.count)
  }

  /// Of its features.
  var bytes: Int { matrix.count * MemoryLayout<Float>.size }

  /// What is left of it in its place once it has matured, or its user was erased.
  var emptied: PendingGroup {
    PendingGroup(sequence: sequence, userHash: 0, timeMs: timeMs, items: [], matrix: [], labels: [])
  }

  /// Whether there is something to learn: not in what was erased, nor in a list that nobody took anything from.
  var teaches: Bool { labels.contains { $0 > 0 } }

  /// The user liked `item` at `timeMs`: never a negative again.
  mutating func attribute(_ item: ItemIndex, timeMs: Int64, settings: GroupSettings) {
    let gap = timeMs - self.timeMs
    guard gap >= 0, gap < settings.attributionMs, let place = items.firstIndex(of: item), labels[place] == 0 else {
      return
    }
    if !positions.isEmpty {
      labels[place] = GroupSettings.targetLabel
    } else if gap <= settings.togetherMs {
      labels[place] = GroupSettings.togetherLabel
    } else {
      isLeftOut[place] = true
    }
  }

  /// The labelled rows and a sample of the others, in the candidates' order.
  ///
  /// Every other draw is hard: of two candidates the one that a random source ranks higher (`rankColumns` are the
  /// matrix's columns of ranks).
  func sampled(_ settings: GroupSettings, rankColumns: Range<Int>, registryHash: UInt64) -> TrainingGroup {
    if !positions.isEmpty {
      return TrainingGroup(
        sequence: sequence, userHash: userHash, timeMs: timeMs, rows: matrix, labels: labels,
        registryHash: registryHash, positions: positions)
    }
    let width = matrix.count / max(1, items.count)
    var isKept = labels.map { $0 > 0 }
    let available = zip(isKept, isLeftOut).count { !$0 && !$1 }
    var random = GroupRandom(seed: settings.seed, sequence: sequence)
    var kept = 0
    var draws = 0
    let wanted = min(settings.negatives, available)
    while kept < wanted && draws < 8 * settings.negatives {
      var place = random.below(items.count)
      if draws.isMultiple(of: 2) {
        let other = random.below(items.count)
        let column = rankColumns.lowerBound + random.below(rankColumns.count)
        if matrix[other * width + column] < matrix[place * width + column] { place = other }
      }
      draws += 1
      if !isKept[place] && !isLeftOut[place] {
        isKept[place] = true
        kept += 1
      }
    }
    var rows: [Float] = []
    var labels: [UInt8] = []
    rows.reserveCapacity(isKept.count { $0 } * width)
    for place in items.indices where isKept[place] {
      rows.append(contentsOf: matrix[place * width..<(place + 1) * width])
      labels.append(self.labels[place])
    }
    return TrainingGroup(
      sequence: sequence, userHash: userHash, timeMs: timeMs, rows: rows, labels: labels, registryHash: registryHash,
      reference: reference(settings, width: width, &random))
  }

  private func reference(_ settings: GroupSettings, width: Int, _ random: inout GroupRandom) -> [Float] {
    var rows: [Float] = []
    for _ in 0..<min(settings.referenceRows, items.count) {
      let place = random.below(items.count)
      rows.append(contentsOf: matrix[place * width..<(place + 1) * width])
    }
    return rows
  }
}
