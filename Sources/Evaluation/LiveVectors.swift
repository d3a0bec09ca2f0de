import Recommender
import Retrieval
import State
import Towers

/// Towers, index and users' own vectors on the events' clock: what production trains in the background is trained at fixed
/// event numbers.
final class LiveVectors {
  private var window = TowerWindow()
  private var clock = TowerClock()
  private var learned = 0
  private let trainer: TowerTrainer
  private let live: VectorIndex
  private let scratch = UserVectorScratch()
  private var views: [UserVectorState?]
  private(set) var towers: BoundTowers?
  private(set) var trainings = 0
  private(set) var seconds = 0.0

  var index: VectorIndexSnapshot? { towers == nil ? nil : live.snapshot }

  init(users: Int, settings: TowerSettings) {
    trainer = TowerTrainer(settings: settings)
    live = VectorIndex(dimension: settings.dimension)
    views = Array(repeating: nil, count: users)
  }

  /// Of one user.
  func view(_ user: Int) -> UserVectorState? { views[user] }

  /// Moves the user's own vector; before the event is applied.
  func move(_ user: Int, _ record: borrowing UserRecord, by event: Interaction, _ state: ItemState) {
    guard let towers else { return }
    scratch.move(&views[user], record, by: event, towers: towers, state: state)
  }

  func learn(_ entry: AppliedEntry) {
    window.append(TowerWindow.Event(entry))
    learned += 1
  }

  /// Trains where its clock says so, or anew where it must; whether it did.
  func refit(_ catalogue: Catalogue, force: Bool) throws -> Bool {
    guard let due = force ? .anew : clock.due(learned: learned) else { return false }
    let start = ProcessFigures.seconds()
    defer { seconds += ProcessFigures.seconds() - start }
    clock.wasTrained(due, learned: learned)
    guard
      let model = try trainer.train(
        window, items: TowerItems(catalogue), from: due == .goOn ? towers?.model : nil, version: UInt64(trainings + 1))
    else { return false }
    let bound = BoundTowers(model, catalogue)
    let (labels, vectors) = bound.indexed
    try live.rebuild(labels: labels, vectors: vectors)
    towers = bound
    trainings += 1
    return true
  }
}
