import Synchronization

/// One word that only grows, alone on its cache line.
///
/// A hot path asks its counter for a cell of its own, so that two cores never fight for one line (native.md 11.3: 3 ns
/// instead of 35). Safe on any thread all the same.
public final class CounterCell: Sendable {
  private let padBefore = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
  private let count = Atomic<UInt64>(0)
  private let padAfter = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))

  package init() {}

  @inline(__always) public func add(_ amount: UInt64 = 1) { count.wrappingAdd(amount, ordering: .relaxed) }
  public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A count that only grows: the sum of its cells.
public final class Counter: Sendable {
  private let shared = CounterCell()
  private let workers = Mutex<[CounterCell]>([])

  package init() {}

  public func add(_ amount: UInt64 = 1) { shared.add(amount) }

  /// A cell of its own for one worker, kept and summed for as long as the counter lives: ask once a worker, not once
  /// an event.
  public func worker() -> CounterCell {
    let cell = CounterCell()
    workers.withLock { $0.append(cell) }
    return cell
  }

  public var value: UInt64 { workers.withLock { $0.reduce(shared.value) { $0 &+ $1.value } } }
}

/// A value that goes up and down.
public final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  package init() {}

  public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
  public func set(_ value: some BinaryInteger) { set(Double(value)) }

  public func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
      if result.exchanged { return }
      old = result.original
    }
  }

  public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}
