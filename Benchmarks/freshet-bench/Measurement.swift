import CAllocations
import Glibc

/// What one operation cost.
struct Measurement {
  let name: String
  let cpuNs: Double
  let wallNs: Double
  let allocations: Double
}

/// Takes `value` so that the compiler cannot drop what computed it.
@inline(__always) func keep(_ value: some BinaryInteger) { callocations_keep(UInt64(truncatingIfNeeded: value)) }

struct Meter {
  /// A pass is long enough for the clock's resolution and short enough to fall between two interruptions now and then.
  static let passNs = 30_000_000.0
  /// The least of these is reported: noise only ever adds.
  static let passes = 9
  /// A body that takes longer than this a call is measured in fewer passes.
  static let budgetNs = 3e9

  static func measure(_ benchmark: Benchmark) throws -> Measurement {
    let allocations = try allocations(benchmark)
    let body = try benchmark.prepare()
    try body()
    let (_, oneCall) = try time(benchmark.clock, calls: 1, body)
    let calls = max(1, Int(passNs / max(oneCall, 1)))
    let passes = max(2, min(passes, Int(budgetNs / (oneCall * Double(calls)))))
    var cpu = Double.infinity
    var wall = Double.infinity
    for _ in 0..<passes {
      let pass = try time(benchmark.clock, calls: calls, body)
      cpu = min(cpu, pass.cpuNs)
      wall = min(wall, pass.wallNs)
    }
    let operations = Double(calls * benchmark.operations)
    return Measurement(
      name: benchmark.name, cpuNs: cpu / operations, wallNs: wall / operations, allocations: allocations)
  }

  /// Exact: one call to warm up, one that counts.
  static func allocations(_ benchmark: Benchmark) throws -> Double {
    let body = try benchmark.prepare()
    try body()
    let before = callocations_count()
    try body()
    return Double(callocations_count() - before) / Double(benchmark.operations)
  }

  /// Calls the body and does nothing else: what callgrind looks at.
  static func call(_ benchmark: Benchmark, times: Int) throws {
    let body = try benchmark.prepare()
    for _ in 0..<times { try body() }
  }

  private static func time(
    _ clock: Benchmark.Clock, calls: Int, _ body: () throws -> Void
  ) throws -> (cpuNs: Double, wallNs: Double) {
    let id = clock == .thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_PROCESS_CPUTIME_ID
    let wall = now(CLOCK_MONOTONIC)
    let cpu = now(id)
    for _ in 0..<calls { try body() }
    return (now(id) - cpu, now(CLOCK_MONOTONIC) - wall)
  }

  static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }
}
