import Telemetry

extension TrainingService {
  /// One training of those that `run` repeats.
  public enum Stage: String, Sendable {
    case linear, towers, ranker
  }

  /// Trains once on what the inbox holds, on the calling thread, and publishes what passes its gate: for the stages of
  /// the command line. Not beside `run`.
  /// - Returns: whether a version was published; the log says why not.
  /// - Throws: whatever the training throws.
  public func trainOnce(_ stage: Stage) throws -> Bool {
    let result =
      switch stage {
      case .linear: try fitLinear()
      case .towers: try trainTowers(.anew)
      case .ranker: try trainRanker()
      }
    return result == .promoted
  }
}
