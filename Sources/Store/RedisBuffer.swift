/// What a command's reply is needed for.
enum ReplyUse: UInt8 {
  /// Copied and handed out.
  case whole
  /// Handed out as `.null`, `.error` or `.done`: what it holds is not copied.
  case outcome
  /// Not handed out; an error in it is kept as the exchange's `droppedError`.
  case none
}

/// Commands in RESP, written one after the other into one buffer that is sent as a whole.
struct RedisBuffer {
  private(set) var bytes: [UInt8] = []
  /// Replies to expect, and what they are for.
  private(set) var replies: [ReplyUse] = []
  /// Puts ASKING before each command: the keys are on their way to the node that we talk to.
  var isAsking = false

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    replies.removeAll(keepingCapacity: true)
  }

  /// Begins a command of `count` arguments; as many `argument` calls must follow.
  mutating func begin(_ count: Int, reply: ReplyUse = .whole) {
    if isAsking {
      replies.append(.none)
      header(UInt8(ascii: "*"), 1)
      argument("ASKING")
    }
    replies.append(reply)
    header(UInt8(ascii: "*"), count)
  }

  mutating func argument(_ value: [UInt8]) {
    header(UInt8(ascii: "$"), value.count)
    bytes.append(contentsOf: value)
    line()
  }

  /// One argument of two parts, without joining them elsewhere first.
  mutating func argument(_ start: [UInt8], _ end: [UInt8]) {
    header(UInt8(ascii: "$"), start.count + end.count)
    bytes.append(contentsOf: start)
    bytes.append(contentsOf: end)
    line()
  }

  mutating func argument(_ text: StaticString) {
    header(UInt8(ascii: "$"), text.utf8CodeUnitCount)
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    line()
  }

  mutating func argument(_ text: String) { argument(Array(text.utf8)) }

  mutating func command(_ name: StaticString, _ arguments: [[UInt8]] = [], reply: ReplyUse = .whole) {
    begin(1 + arguments.count, reply: reply)
    argument(name)
    for value in arguments { argument(value) }
  }

  private mutating func header(_ kind: UInt8, _ count: Int) {
    bytes.append(kind)
    decimal(count)
    line()
  }

  private mutating func decimal(_ value: Int) {
    if value >= 10 { decimal(value / 10) }
    bytes.append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  private mutating func line() {
    bytes.append(13)
    bytes.append(10)
  }
}
