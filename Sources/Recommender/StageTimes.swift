import Glibc

/// Seconds that each stage of the last query took.
public struct StageTimes: Sendable, BitwiseCopyable {
  /// History resolved, user summarised.
  public internal(set) var vector = 0.0
  /// Sources asked and united.
  public internal(set) var retrieve = 0.0
  /// Counters, ranks, feature matrix.
  public internal(set) var features = 0.0
  /// Ranker and sort.
  public internal(set) var score = 0.0

  public init() {}

  /// Monotonic; about 20 ns to read.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
