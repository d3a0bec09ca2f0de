import FaultRig
import Foundation

/// `make faults`, `make soak` and `make restart-time`: what breaks a whole Freshet, or watches it for long.
///
/// usage: freshet-faults [--rounds N] [--seed N] [--rate EVENTS-PER-SECOND] [--only FAULT,...]
///        freshet-faults soak [--seconds N] [--rate N] [--requests N] [--seed N]
///        freshet-faults restart --data FOLDER [--times N]
func value(of flag: String) -> String? {
  guard let place = CommandLine.arguments.firstIndex(of: flag), place + 1 < CommandLine.arguments.count else {
    return nil
  }
  return CommandLine.arguments[place + 1]
}

func number(of flag: String, _ standard: Double) -> Double { value(of: flag).flatMap { Double($0) } ?? standard }

/// - Returns: what was not as promised.
func faults(seed: UInt64) throws -> [String] {
  let (rounds, rate) = (Int(number(of: "--rounds", 100)), number(of: "--rate", 300))
  let named = value(of: "--only").map { $0.split(separator: ",").map(String.init) }
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

struct UsageError: Error, CustomStringConvertible { let description: String }

let seed = value(of: "--seed").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
do {
  let problems: [String]
  switch CommandLine.arguments.dropFirst().first {
  case "soak":
    let soak = try Soak(
      seed: seed, seconds: number(of: "--seconds", 600), eventsPerSecond: number(of: "--rate", 5_000),
      requestsPerSecond: number(of: "--requests", 100))
    problems = soak.problems
  case "restart":
    guard let data = value(of: "--data") else { throw UsageError(description: "restart needs --data FOLDER") }
    print(try RestartTime(data: data, times: Int(number(of: "--times", 7))).summary)
    problems = []
  default: problems = try faults(seed: seed)
  }
  for problem in problems.prefix(50) { print("PROBLEM: \(problem)") }
  exit(problems.isEmpty ? 0 : 1)
} catch {
  print("seed \(seed): \(error)")
  exit(1)
}
