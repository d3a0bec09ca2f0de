import Lifecycle
import Telemetry

/// A shard that a member owns at present: its writer, and how far it has read.
final class OwnedShard {
  let writer: ShardWriter
  /// Behind the last record taken, whatever became of it.
  private(set) var nextOffset: Int64 = 0
  private var storedOffset: Int64 = 0
  /// Broker times of the records taken since the last store, for the freshness metric.
  private var brokerTimes: [Int64] = []

  private var isIdle = false

  init(_ writer: ShardWriter) { self.writer = writer }

  var hasChanges: Bool { nextOffset > storedOffset }

  /// Whether nothing was stored since the last call.
  func takeIdle() -> Bool {
    defer { isIdle = true }
    return isIdle
  }

  func reset(to offset: Int64) {
    nextOffset = offset
    storedOffset = offset
    brokerTimes.removeAll(keepingCapacity: true)
  }

  func took(offset: Int64, brokerMs: Int64) {
    nextOffset = offset + 1
    brokerTimes.append(brokerMs)
  }

  func wasStored(metrics: FreshetMetrics) {
    storedOffset = nextOffset
    isIdle = false
    let now = SystemClock().nowMilliseconds
    for time in brokerTimes { metrics.freshness.observe(Double(max(0, now - time)) * 1e-3) }
    brokerTimes.removeAll(keepingCapacity: true)
  }
}
