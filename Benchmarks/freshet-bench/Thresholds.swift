import Foundation
import JSON

/// The checked-in limits: allocations an operation may make. Times depend on the machine and are never a gate.
struct Thresholds {
  /// Growth of buffers is spread over operations; a hundredth of an allocation is no change.
  static let slack = 0.01

  private let path: String
  private let allocations: [String: Double]

  init(path: String) throws {
    self.path = path
    let value = try JSONValue.parse(Array(try Data(contentsOf: URL(fileURLWithPath: path))))
    guard let members = value["allocations"]?.objectValue else {
      throw BenchmarkError("\(path): there is no object \"allocations\"")
    }
    allocations = members.compactMapValues(\.doubleValue)
  }

  /// - Returns: what breaks a limit, a sentence each.
  func offences(_ found: [String: Double]) -> [String] {
    var offences: [String] = []
    for (name, count) in found.sorted(by: { $0.key < $1.key }) {
      guard let limit = allocations[name] else {
        offences.append("\(name): no limit in \(path): add \"\(name)\": \(Report.decimals(count, 2))")
        continue
      }
      if count > limit + Self.slack {
        offences.append(
          "\(name): \(Report.decimals(count, 2)) allocations an operation, \(path) allows \(Report.decimals(limit, 2))")
      }
    }
    return offences
  }
}
