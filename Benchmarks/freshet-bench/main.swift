import Glibc

/// What the command line asks for.
enum Request {
  case table(filter: String)
  case list
  case gate(path: String, filter: String)
  /// For callgrind: nothing but the body's calls.
  case call(name: String, times: Int)
  /// What an event costs while the state grows to so many.
  case growth(events: Int)

  static let help = """
    usage: freshet-bench [--filter TEXT] [--gate FILE | --list | --call NAME TIMES | --growth EVENTS]
      --filter TEXT       only benchmarks whose name contains it
      --gate FILE         compare allocations with the limits in FILE; exit 1 when one is above
      --list              print the names
      --call NAME TIMES   call the body TIMES times, print how many operations a call is; for counting instructions
      --growth EVENTS     simulate so many events and learn them: the cost of each tenth

    """

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    var filter = ""
    var gate: String?
    while let word = rest.popFirst() {
      switch word {
      case "--list":
        self = .list
        return
      case "--call":
        guard let name = rest.popFirst(), let times = rest.popFirst().flatMap({ Int($0) }) else {
          throw BenchmarkError("--call needs a name and a number")
        }
        self = .call(name: name, times: times)
        return
      case "--growth":
        guard let events = rest.popFirst().flatMap({ Int($0) }), (1_000...100_000_000).contains(events) else {
          throw BenchmarkError("--growth needs a number of events, 1000 to 100000000")
        }
        self = .growth(events: events)
        return
      case "--filter", "--gate":
        guard let value = rest.popFirst() else { throw BenchmarkError("\(word) needs a value") }
        if word == "--gate" { gate = value } else { filter = value }
      default: throw BenchmarkError("unknown argument \(word): see --help")
      }
    }
    self = gate.map { .gate(path: $0, filter: filter) } ?? .table(filter: filter)
  }

  /// - Returns: the exit status.
  func run() throws -> Int32 {
    let all = Suite.all()
    switch self {
    case .list:
      for benchmark in all { print(benchmark.name) }
    case .growth(let events): Growth.run(events: events)
    case .call(let name, let times):
      guard let benchmark = all.first(where: { $0.name == name }) else {
        throw BenchmarkError("no benchmark \"\(name)\": see --list")
      }
      try Meter.call(benchmark, times: times)
      print(benchmark.operations)
    case .gate(let path, let filter):
      let thresholds = try Thresholds(path: path)
      var found: [String: Double] = [:]
      for benchmark in all where matches(benchmark, filter) {
        found[benchmark.name] = try Meter.allocations(benchmark)
      }
      let offences = thresholds.offences(found)
      for offence in offences { print(offence) }
      print("allocations: \(found.count) benchmarks, \(offences.count) outside the limits of \(path)")
      return offences.isEmpty ? 0 : 1
    case .table(let filter):
      let chosen = all.filter { matches($0, filter) }
      guard !chosen.isEmpty else { throw BenchmarkError("no benchmark's name contains \"\(filter)\": see --list") }
      print(Report.text(try chosen.map(Meter.measure), chosen))
    }
    return 0
  }

  private func matches(_ benchmark: Benchmark, _ filter: String) -> Bool {
    filter.isEmpty || benchmark.name.lowercased().contains(filter.lowercased())
  }
}

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
  print(Request.help, terminator: "")
  exit(0)
}
do {
  exit(try Request(arguments).run())
} catch {
  print("freshet-bench: \(error)")
  exit(1)
}
