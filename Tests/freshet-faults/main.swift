import FaultRig
import Foundation

// `make faults`, `make soak` and `make restart-time`: what breaks a whole Freshet, or watches it for long.

/// - Returns: what was not as promised.
func faults(_ words: Words, seed: UInt64) throws -> [String] {
  let (rounds, rate) = (Int(try words.number("--rounds", 100)), try words.number("--rate", 300))
  let named = words.text("--only").map { $0.split(separator: ",").map(String.init) }
  let chosen = try named?.map { name in
    guard let fault = Fault(rawValue: name) else {
      throw UsageError(
        description: "--only \(name): the faults are \(Fault.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return fault
  }
  print("seed \(seed), \(rounds) rounds, \(Int(rate)) events/s over Kafka")
  let rig = try FaultRig(seed: seed, eventsPerSecond: rate)
  defer { rig.close() }
  let run = FaultRun(rig, seed: seed)
  defer { print(run.table) }
  try run.rounds(rounds, of: chosen ?? Fault.allCases)
  _ = try run.upgrade()
  return run.problems
}

func selfTest(seed: UInt64) throws -> [String] {
  let rig = try FaultRig(seed: seed)
  defer { rig.close() }
  let test = try SelfTest(rig)
  print(test.table)
  return test.findings.filter { !$0.isSeen }.map { "not seen: \($0.damage)" }
}

func perform(_ words: Words) throws -> [String] {
  let seed = words.text("--seed").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
  do {
    switch words.mode {
    case "selftest": return try selfTest(seed: seed)
    case "soak":
      return try Soak(
        seed: seed, seconds: words.number("--seconds", 600), eventsPerSecond: words.number("--rate", 5_000),
        requestsPerSecond: words.number("--requests", 100)
      ).problems
    case "restart":
      guard let data = words.text("--data") else { throw UsageError(description: "restart needs --data FOLDER") }
      print(try RestartTime(data: data, times: Int(words.number("--times", 7))).summary)
      return []
    default: return try faults(words, seed: seed)
    }
  } catch let error where !(error is UsageError) {
    return ["seed \(seed): \(error)"]
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
  print(Words.usage)
  exit(0)
}
do {
  let problems = try perform(try Words(arguments))
  for problem in problems.prefix(50) { print("PROBLEM: \(problem)") }
  exit(problems.isEmpty ? 0 : 1)
} catch {
  print("freshet-faults: \(error)\n\n\(Words.usage)")
  exit(64)
}
