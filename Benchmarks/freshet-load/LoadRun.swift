import Glibc

/// Nanoseconds of the monotonic clock.
func monotonicNs() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// One thread over all connections: whoever is idle sends what is due. In the open loop (`rate`) a request is timed from
/// when it was due, so that a slow answer is seen by all that waited behind it.
struct LoadRun {
  let options: LoadOptions
  private var random = SplitMix(state: 1)
  private var connections: [LoadConnection] = []
  private var sent = 0
  private var shown = false

  init(_ options: LoadOptions) throws(LoadError) {
    self.options = options
    for _ in 0..<options.connections { connections.append(try LoadConnection(options)) }
  }

  mutating func run() throws(LoadError) -> LoadFigures {
    if options.warmUp > 0 {
      var ignored = LoadFigures()
      try drive(until: .max, requests: options.warmUp, rate: 0, &ignored)
    }
    var figures = LoadFigures()
    let start = monotonicNs()
    try drive(until: start + UInt64(options.seconds * 1e9), requests: .max, rate: options.rate, &figures)
    figures.seconds = Double(monotonicNs() - start) / 1e9
    return figures
  }

  private mutating func drive(
    until end: UInt64, requests: Int, rate: Double, _ figures: inout LoadFigures
  ) throws(LoadError) {
    let step = rate > 0 ? UInt64(1e9 / rate) : 0
    var due = monotonicNs()
    var left = requests
    while true {
      let now = monotonicNs()
      for connection in connections where connection.dueNs == nil && left > 0 && now < end {
        guard step == 0 || due <= now else { break }
        left -= 1
        try send(on: connection, dueNs: step == 0 ? monotonicNs() : due, &figures)
        due += step
      }
      let busy = connections.filter { $0.dueNs != nil }
      if busy.isEmpty && (left == 0 || now >= end) { return }
      try receive(busy, waitNs: step > 0 && now < end ? due &- min(due, now) : 100_000_000, &figures)
    }
  }

  private mutating func send(
    on connection: LoadConnection, dueNs: UInt64, _ figures: inout LoadFigures
  ) throws(LoadError) {
    sent += 1
    let body = options.body.render(count: sent, random: &random)
    guard !connection.send(body, dueNs: dueNs) else { return }
    figures.dropped += 1
    try connection.reconnect()
  }

  private mutating func receive(
    _ busy: [LoadConnection], waitNs: UInt64, _ figures: inout LoadFigures
  ) throws(LoadError) {
    var descriptors = busy.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    // Whole milliseconds: the rest of a wait is spent looking, so that what is due is sent on time.
    guard poll(&descriptors, nfds_t(descriptors.count), Int32(waitNs / 1_000_000)) > 0 else { return }
    for (connection, found) in zip(busy, descriptors) where found.revents != 0 {
      let due = connection.dueNs ?? 0
      switch connection.receive() {
      case .waiting: break
      case .closed:
        figures.dropped += 1
        try connection.reconnect()
      case .answered(let status):
        figures.add(status: status, ns: monotonicNs() - due)
        if options.showsFirst && !shown {
          shown = true
          print(String(decoding: connection.answer, as: UTF8.self), terminator: "\n\n")
        }
      }
    }
  }
}
