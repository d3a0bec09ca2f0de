import Foundation
import TestSupport

/// Hours of nothing special, in minutes: a rig under steady load, its processes' memory and descriptors printed every
/// half minute, and at the end the same comparison as after a fault.
public struct Soak {
  /// What one process held at one moment.
  public struct Sample: Sendable {
    public let seconds: Double
    public let residentMiB: Double
    public let descriptors: Int
  }

  private static let interval = 30.0
  /// Caches fill in the first minute; from then on nothing may grow.
  private static let warmUp = 60.0
  /// Growth that is noise: a trained model more or less in memory, and a few arenas of the allocator.
  private static let toleratedMiB = 48.0
  /// Connections come and go.
  private static let toleratedDescriptors = 16

  public private(set) var samples: [String: [Sample]] = [:]
  public private(set) var problems: [String] = []

  public init(seed: UInt64, seconds: Double, eventsPerSecond: Double, requestsPerSecond: Double) throws {
    let rig = try FaultRig(seed: seed, eventsPerSecond: eventsPerSecond, requestsPerSecond: requestsPerSecond)
    defer { rig.close() }
    rig.watch.begin()
    let began = RigClock.now
    let processes = rig.ingest + [rig.train] + rig.servers
    print("seconds  " + processes.map { $0.name.padding(toLength: 18, withPad: " ", startingAt: 0) }.joined())
    var next = 0.0
    while RigClock.now - began < seconds {
      RigClock.sleep(max(0, min(next, seconds) - (RigClock.now - began)))
      take(processes, RigClock.now - began)
      next += Self.interval
    }
    take(processes, RigClock.now - began)
    let figures = rig.watch.take()
    let produced = rig.ledger.producedCount
    let verdict = try rig.verify()
    problems += verdict.problems
    print(
      "\(produced) events (\(Int(Double(produced) / seconds))/s), \(figures.answered) lists "
        + "(\(Int(Double(figures.answered) / seconds))/s), longest gap \(FaultRun.short(figures.longestGap)) s, "
        + "lost \(verdict.lost), twice \(verdict.twice)")
    compare()
  }

  private mutating func take(_ processes: [RigProcess], _ seconds: Double) {
    var line = "\(Int(seconds))".padding(toLength: 9, withPad: " ", startingAt: 0)
    for process in processes {
      guard let pid = process.pid, let sample = Self.sample(pid, seconds) else {
        problems.append("\(process.name) has ended:\n\(process.tail)")
        continue
      }
      samples[process.name, default: []].append(sample)
      let text = "\(FaultRun.short(sample.residentMiB)) MiB \(sample.descriptors) fd"
      line += text.padding(toLength: 18, withPad: " ", startingAt: 0)
    }
    print(line)
    fflush(nil)
  }

  private static func sample(_ pid: pid_t, _ seconds: Double) -> Sample? {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
      let kilobytes = Double(line.split(separator: " ").dropFirst().first ?? ""),
      let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    else { return nil }
    return Sample(seconds: seconds, residentMiB: kilobytes / 1_024, descriptors: descriptors)
  }

  private mutating func compare() {
    for (name, samples) in samples.sorted(by: { $0.key < $1.key }) {
      guard let first = samples.first(where: { $0.seconds >= Self.warmUp }), let last = samples.last else { continue }
      let (grownMiB, grown) = (last.residentMiB - first.residentMiB, last.descriptors - first.descriptors)
      print(
        "\(name): \(FaultRun.short(grownMiB)) MiB and \(grown) descriptors in the \(Int(last.seconds - first.seconds)) s "
          + "after the first minute")
      if grownMiB > Self.toleratedMiB { problems.append("\(name) grows: \(FaultRun.short(grownMiB)) MiB") }
      if grown > Self.toleratedDescriptors { problems.append("\(name) keeps descriptors: \(grown)") }
    }
  }
}
