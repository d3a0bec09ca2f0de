import Foundation

/// Programs that the checks need, from Debian.
enum Tool {
  static let promtool = find("promtool")
  static let amtool = find("amtool")
  /// Debian's own Python: it has python3-yaml.
  static let python: String? =
    FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") ? "/usr/bin/python3" : nil
  static let hasYAML = (try? run(python, ["-c", "import yaml"]))?.status == 0

  static func find(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  static func run(
    _ path: String?, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String) {
    guard let path else { throw BadFile(text: "the program is not installed") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }
}
