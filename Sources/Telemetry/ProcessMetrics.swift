import Glibc

/// What the kernel knows of this process, read from /proc.
public struct ProcessSample: Sendable {
  public let residentBytes: Double
  public let cpuSeconds: Double
  public let openDescriptors: Double
  /// Unix time of the process's start, in seconds.
  public let startTime: Double

  /// - Returns: nil where /proc is not there.
  public static func read() -> ProcessSample? {
    guard let stat = firstLine(of: "/proc/self/stat"), let boot = bootTime else { return nil }
    // The second field is the program's name in parentheses, and may itself hold blanks and parentheses.
    guard let end = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    // Numbers of proc(5), counted from 1; the first field after the name is number 3.
    func field(_ number: Int) -> Double? { number - 3 < fields.count ? Double(fields[number - 3]) : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let pages = field(24) else { return nil }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    return ProcessSample(
      residentBytes: pages * Double(sysconf(Int32(_SC_PAGESIZE))), cpuSeconds: (user + system) / ticks,
      openDescriptors: Double(countDescriptors()), startTime: boot + start / ticks)
  }

  /// Unix time of the machine's start; it does not change, so it is read once.
  private static let bootTime: Double? = {
    guard let text = contents(of: "/proc/stat") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("btime ") { return Double(line.dropFirst(6)) }
    return nil
  }()

  private static func countDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Without `.`, `..` and the descriptor of this very look.
    return max(0, count - 3)
  }

  private static func firstLine(of path: String) -> Substring? {
    contents(of: path)?.split(separator: "\n", maxSplits: 1).first
  }

  /// At most 64 KiB: /proc/stat grows with the number of cores.
  private static func contents(of path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress.map { $0 + count }, $0.count - count) }
      if got <= 0 { break }
      count += got
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
