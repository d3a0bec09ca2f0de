/// One thing that is measured. Adding one is a value in a list of `Suite.all`: a name, how many operations a call of the
/// body does, and `prepare`, which makes what the body works on.
struct Benchmark: Sendable {
  /// Whose CPU time counts.
  enum Clock: Sendable {
    /// The calling thread's: the work is done there, and nothing else is.
    case thread
    /// The whole process': the work is spread over threads.
    case process
  }

  let name: String
  /// The benchmark that does the same by other means; the table shows this one's time as a share of that one's.
  let alternative: String?
  let operations: Int
  let clock: Clock
  /// Makes the body. What it captures is made anew for each measurement, so that allocations are the same in each run.
  let prepare: @Sendable () throws -> () throws -> Void

  init(
    _ name: String, versus alternative: String? = nil, operations: Int, clock: Clock = .thread,
    prepare: @escaping @Sendable () throws -> () throws -> Void
  ) {
    self.name = name
    self.alternative = alternative
    self.operations = operations
    self.clock = clock
    self.prepare = prepare
  }
}
