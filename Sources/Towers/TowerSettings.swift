/// Sizes of the towers and how they are trained. Defaults were chosen on events 80-90% of MovieLens-100K.
public struct TowerSettings: Sendable, Equatable {
  // Architecture.

  /// Length of a vector (`EMBEDDING_DIM`), a multiple of 8.
  public var dimension = 64
  /// Pools over the history, each with its own weights over age, gap and kind.
  public var heads = 2
  /// Newest interactions that are pooled.
  public var history = 64

  // Training.

  /// Items with an embedding of their own, the most frequent first; all others live on their content. It bounds the
  /// trainer: 2 KiB an item at 64 dimensions.
  public var maximumItems = 131_072
  /// Up to this many items, every target competes with all of them; above it, with the batch's targets and a sample.
  public var fullSoftmaxItems = 8_192
  /// Items drawn for each batch beside its targets, where not all compete.
  public var sampledItems = 4_096
  public var batch = 256
  /// Passes over the window: the first training, and one that goes on from an older model.
  public var epochs = 4
  public var continuedEpochs = 1
  /// Targets that a training visits at most, the first one (over all epochs) and one that goes on: both end in bounded
  /// time whatever the window holds. Half of the visits go to the newest, the others are drawn from the rest.
  public var maximumVisits = 2_000_000
  public var continuedVisits = 65_536
  /// A small window is passed over more often, until the first training has made this many steps, in at most
  /// `maximumEpochs`.
  public var minimumSteps = 200
  public var maximumEpochs = 20
  public var learningRate: Float = 0.003
  public var weightDecay: Float = 0.02
  /// Weight as a target of what the user came to and did not like, from the middle of the scale on (grade 3) and below
  /// it; 1 for what was liked. It says what the user looks for at this point, and doubles what there is to learn from.
  public var middlingWeight: Float = 0.5
  public var dislikedWeight: Float = 0.25
  /// How often an item's own embedding is left out of a batch, so that its content learns to stand alone.
  public var contentShare: Float = 0.2
  /// How often an entry of the history is left out.
  public var historyDropout: Float = 0.4
  /// Newer examples weigh more: half for every so many positive events behind the newest. 0: all alike.
  public var halfLife: Float = 0
  public var seed: UInt64 = 0

  // The step at each event.

  public var stepRate: Float = 0.01
  /// What p_u keeps at each of the user's positive events.
  public var stepKeep: Float = 0.9

  public init() {}

  /// Says what is wrong with the sizes, or nil.
  public var problem: String? {
    if !(8...512).contains(dimension) || dimension % 8 != 0 {
      return "towers.dimensions (EMBEDDING_DIM) is \(dimension); it must be a multiple of 8 from 8 to 512"
    }
    if !(1...8).contains(heads) { return "the towers have 1 to 8 pools, not \(heads)" }
    if !(1...TowerBuckets.maximumHistory).contains(history) {
      return "the towers pool 1 to \(TowerBuckets.maximumHistory) interactions, not \(history)"
    }
    return nil
  }
}
