/// How often a training passes over how many targets.
struct TowerSchedule {
  let epochs: Int
  /// Targets of one epoch.
  let visits: Int

  init(_ settings: TowerSettings, targets: Int, goesOn: Bool) {
    if goesOn {
      epochs = settings.continuedEpochs
      visits = min(targets, settings.continuedVisits / max(1, settings.continuedEpochs))
      return
    }
    let steps = max(1, targets / settings.batch)
    let wanted = max(settings.epochs, min(settings.maximumEpochs, (settings.minimumSteps + steps - 1) / steps))
    epochs = settings.epochs == 0 ? 0 : wanted
    visits = min(targets, settings.maximumVisits / max(1, epochs))
  }

  /// The targets of an epoch in random order: all of them, or the newest for one half and a sample of the others.
  func order(_ examples: TowerExamples, _ random: inout TowerRandom) -> [Int32] {
    var order = Array(0..<Int32(examples.targets.count))
    if visits < order.count {
      order.sort { examples.numbers[Int($0)] > examples.numbers[Int($1)] }
      let newest = visits / 2
      for place in newest..<visits { order.swapAt(place, place + random.below(order.count - place)) }
      order.removeLast(order.count - visits)
    }
    random.shuffle(&order)
    return order
  }
}
