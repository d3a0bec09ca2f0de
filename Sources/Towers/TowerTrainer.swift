import Identity

/// How far a training is.
public struct TowerProgress: Sendable {
  public var epoch: Int
  public var epochs: Int
  /// Share of the whole training, 0...1.
  public var share: Double
  /// Mean cross entropy of the epoch so far, in nats.
  public var loss: Double
}

/// Trains the towers on a window: softmax over the catalogue, or over the batch's targets and a sample with the sample's
/// chances taken out (logQ), so that popularity is learned as it is and not as it was sampled.
///
/// Deterministic: the same window, items, settings and older model give the same model on the same CPU.
/// - Note: X. Yi et al., "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations", RecSys 2019.
public struct TowerTrainer: Sendable {
  public var settings: TowerSettings

  public init(settings: TowerSettings = TowerSettings()) { self.settings = settings }

  /// - Parameters:
  ///   - items: the catalogue; items of the window that it does not hold are left out.
  ///   - older: goes on from this model's weights; nil starts anew.
  ///   - version: number of the training, greater than the older one's.
  ///   - progress: called some times a second; false cancels.
  /// - Returns: nil where the window holds nothing that a user came to.
  /// - Throws: `badSettings`, `cancelled`, or `diverged` for numbers that are not finite.
  /// - Complexity: O(epochs * positive events * (items that compete + heads * history) * dimension).
  public func train(
    _ window: TowerWindow, items: TowerItems, from older: TowerModel? = nil, version: UInt64,
    progress: (TowerProgress) -> Bool = { _ in true }
  ) throws(TowerError) -> TowerModel? {
    if let problem = settings.problem { throw TowerError(.badSettings, problem) }
    var random = TowerRandom(seed: settings.seed ^ version)
    let ordered = Self.byFrequency(items, window)
    let own = min(ordered.count, settings.maximumItems)
    var rowOf = KeyTable(minimumCapacity: own)
    for row in 0..<own { rowOf.set(ordered.keys[row], Int32(row)) }
    let examples = TowerExamples(window, rowOf: rowOf, rowCount: own, settings: settings)
    guard !examples.targets.isEmpty else { return nil }
    let network = TowerNetwork(ordered, settings: settings, from: older, random: &random)
    let run = TowerRun(network, examples, settings: settings)
    try run.train(TowerSchedule(settings, targets: examples.targets.count, goesOn: older != nil), &random, progress)
    guard let model = network.model(version: version, events: max(window.count, older?.events ?? 0), settings: settings)
    else {
      throw TowerError(
        .diverged, "the towers' training ended in numbers that are not finite; lower the learning rate of the towers")
    }
    return model
  }

  /// The items of the window first, the most frequent before the others; equal ones as they stand in `items`.
  private static func byFrequency(_ items: TowerItems, _ window: TowerWindow) -> TowerItems {
    var place = KeyTable(minimumCapacity: items.count)
    for (item, key) in items.keys.enumerated() { place.set(key, Int32(item)) }
    var counts = [Int](repeating: 0, count: items.count)
    for event in window.chronological {
      if let item = place.find(event.item) { counts[Int(item)] += 1 }
    }
    var sorted = TowerItems()
    for item in counts.indices.sorted(by: { counts[$0] == counts[$1] ? $0 < $1 : counts[$0] > counts[$1] }) {
      sorted.append(
        ItemKey(rawValue: items.keys[item]), genres: items.genres(of: item),
        year: items.years[item] > 0 ? Int(items.years[item]) : nil)
    }
    return sorted
  }
}
