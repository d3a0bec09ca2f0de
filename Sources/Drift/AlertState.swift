/// Where one watched quantity stands. A value-type machine without a clock: windows are its time.
public struct AlertState: Sendable, Equatable {
  public enum Phase: String, Sendable {
    case steady
    /// Above its threshold, not for long enough.
    case rising
    case raised
    /// Raised, below its threshold, not for long enough.
    case falling
  }

  public enum Change: String, Sendable { case raised, resolved }

  public private(set) var phase = Phase.steady
  /// Windows in a row that speak for a change.
  public private(set) var windows = 0

  public init() {}

  public var isRaised: Bool { phase == .raised || phase == .falling }

  /// One judged window.
  /// - Parameter hysteresis: windows in a row that a change takes; at least 1.
  public mutating func observe(isAbove: Bool, hysteresis: Int) -> Change? {
    guard isAbove != isRaised else {
      phase = isRaised ? .raised : .steady
      windows = 0
      return nil
    }
    windows += 1
    guard windows >= max(1, hysteresis) else {
      phase = isAbove ? .rising : .falling
      return nil
    }
    windows = 0
    phase = isAbove ? .raised : .steady
    return isAbove ? .raised : .resolved
  }

  /// The reference is another: windows before it say nothing more; what is raised stays so until it is resolved.
  mutating func restart() {
    phase = isRaised ? .raised : .steady
    windows = 0
  }
}
