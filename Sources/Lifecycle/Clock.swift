import Glibc
import Synchronization

/// Time, injected: what depends on it can be tested without waiting.
public protocol FreshetClock: Sendable {
  /// Unix time in milliseconds. May jump.
  var nowMilliseconds: Int64 { get }
  /// Nanoseconds since some fixed instant. Never goes back; for durations and deadlines.
  var monotonicNanoseconds: UInt64 { get }
}

/// The machine's clocks.
public struct SystemClock: FreshetClock {
  public init() {}

  public var nowMilliseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  public var monotonicNanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// A clock that stands until it is moved.
public final class ManualClock: FreshetClock {
  private let wall: Atomic<Int64>
  private let monotonic = Atomic<UInt64>(0)

  public init(nowMilliseconds: Int64 = 0) { wall = Atomic(nowMilliseconds) }

  public var nowMilliseconds: Int64 { wall.load(ordering: .acquiring) }
  public var monotonicNanoseconds: UInt64 { monotonic.load(ordering: .acquiring) }

  /// Moves both clocks on.
  /// - Precondition: `step` is not negative.
  public func advance(by step: Duration) {
    precondition(step >= .zero, "time does not go back: \(step)")
    wall.wrappingAdd(step.wholeNanoseconds / 1_000_000, ordering: .acquiringAndReleasing)
    monotonic.wrappingAdd(UInt64(step.wholeNanoseconds), ordering: .acquiringAndReleasing)
  }
}

extension Duration {
  /// Clamped to what fits: 292 years.
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carry ? (seconds < 0 ? .min : .max) : sum
  }

  public var wholeMilliseconds: Int64 { wholeNanoseconds / 1_000_000 }
  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// An instant by which something must be done, on the monotonic clock.
public struct Deadline: Sendable {
  private let end: UInt64
  private let clock: any FreshetClock

  public init(after limit: Duration, clock: any FreshetClock = SystemClock()) {
    self.clock = clock
    let (end, overflow) = clock.monotonicNanoseconds.addingReportingOverflow(UInt64(max(0, limit.wholeNanoseconds)))
    self.end = overflow ? .max : end
  }

  /// Zero once it has passed.
  public var remaining: Duration {
    let now = clock.monotonicNanoseconds
    return now >= end ? .zero : .nanoseconds(Int64(min(end - now, UInt64(Int64.max))))
  }

  public var hasPassed: Bool { clock.monotonicNanoseconds >= end }

  /// What is left, at most `limit`: for a step that may not use it all.
  public func remaining(atMost limit: Duration) -> Duration { min(remaining, limit) }
}
