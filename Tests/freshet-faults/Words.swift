/// The words of the command line: a mode, and flags with a value each.
struct Words {
  static let usage = """
    usage: freshet-faults [--rounds N] [--seed N] [--rate EVENTS-PER-SECOND] [--only FAULT,...]
           freshet-faults selftest [--seed N]
           freshet-faults soak [--seconds N] [--rate N] [--requests N] [--seed N]
           freshet-faults restart --data FOLDER [--times N]

    Breaks a whole Freshet of real servers and processes at random moments and compares its state with the log
    (make faults); shows that a loss would be seen; watches it for long (make soak); measures the way back from
    kill -9 (make restart-time).
    """
  private static let flags: [String: Set<String>] = [
    "faults": ["--rounds", "--seed", "--rate", "--only"], "selftest": ["--seed"],
    "soak": ["--seconds", "--rate", "--requests", "--seed"], "restart": ["--data", "--times"],
  ]

  let mode: String
  private var values: [String: String] = [:]

  /// - Throws: `UsageError` for a word that is none.
  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    mode = rest.first.flatMap { $0.hasPrefix("-") ? nil : $0 } ?? "faults"
    if rest.first == mode { rest.removeFirst() }
    guard let known = Self.flags[mode] else { throw UsageError(description: "there is no mode \"\(mode)\"") }
    while let flag = rest.popFirst() {
      guard known.contains(flag) else { throw UsageError(description: "\(mode) has no flag \"\(flag)\"") }
      guard let value = rest.popFirst() else { throw UsageError(description: "\(flag) needs a value") }
      values[flag] = value
    }
  }

  func text(_ flag: String) -> String? { values[flag] }

  func number(_ flag: String, _ standard: Double) throws -> Double {
    guard let text = values[flag] else { return standard }
    guard let number = Double(text), number > 0, number.isFinite else {
      throw UsageError(description: "\(flag) \(text): a number above 0 is needed")
    }
    return number
  }
}

struct UsageError: Error, CustomStringConvertible { let description: String }
