/// Commands in RESP, written one after the other into one buffer that is sent as a whole.
struct RedisBuffer {
  private(set) var bytes: [UInt8] = []
  /// Replies to expect.
  private(set) var commands = 0

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    commands = 0
  }

  /// Begins a command of `count` arguments; as many `argument` calls must follow.
  mutating func begin(_ count: Int) {
    commands += 1
    header(UInt8(ascii: "*"), count)
  }

  mutating func argument(_ value: [UInt8]) {
    header(UInt8(ascii: "$"), value.count)
    bytes.append(contentsOf: value)
    line()
  }

  mutating func argument(_ text: StaticString) {
    header(UInt8(ascii: "$"), text.utf8CodeUnitCount)
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    line()
  }

  mutating func argument(_ text: String) { argument(Array(text.utf8)) }

  mutating func command(_ name: StaticString, _ arguments: [[UInt8]] = []) {
    begin(1 + arguments.count)
    argument(name)
    for value in arguments { argument(value) }
  }

  private mutating func header(_ kind: UInt8, _ count: Int) {
    bytes.append(kind)
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { buffer in
      var place = buffer.count
      var rest = count
      repeat {
        place -= 1
        buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: buffer[place...])
    }
    line()
  }

  private mutating func line() {
    bytes.append(13)
    bytes.append(10)
  }
}
