import FaultRig
import Foundation

/// `make faults`: rounds of random faults on real servers and processes.
///
/// usage: freshet-faults [--rounds N] [--seed N] [--rate EVENTS-PER-SECOND] [--only FAULT,...]
func value(of flag: String) -> String? {
  guard let place = CommandLine.arguments.firstIndex(of: flag), place + 1 < CommandLine.arguments.count else {
    return nil
  }
  return CommandLine.arguments[place + 1]
}

let seed = value(of: "--seed").flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
let rounds = value(of: "--rounds").flatMap { Int($0) } ?? 100
let rate = value(of: "--rate").flatMap { Double($0) } ?? 300
let faults = value(of: "--only").map { $0.split(separator: ",").compactMap { Fault(rawValue: String($0)) } }
print("seed \(seed), \(rounds) rounds, \(Int(rate)) events/s over Kafka")
do {
  let rig = try FaultRig(seed: seed, eventsPerSecond: rate)
  let run = FaultRun(rig, seed: seed)
  do {
    try run.rounds(rounds, of: faults ?? Fault.allCases)
    _ = try run.upgrade()
  } catch {
    print("seed \(seed): \(error)")
    print(run.table)
    rig.close()
    exit(1)
  }
  print(run.table)
  rig.close()
  exit(run.problems.isEmpty ? 0 : 1)
} catch {
  print("the rig does not start: \(error)")
  exit(1)
}
