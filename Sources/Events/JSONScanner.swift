import Glibc

/// RFC 8259 over bytes, pulled forward by its user: strict, without allocation, one pass.
///
/// Strings without escapes are views into the payload, others are written into a scratch that is as long as the payload.
/// One thread; views live until the next `begin`. The payload needs no padding: nothing behind its end is read.
/// Measured beside simdjson and RapidJSON: native.md section 11.1.
struct JSONScanner: ~Copyable {
  typealias Reason = EventFault.Reason

  var scratch: UnsafeMutablePointer<UInt8>
  private var scratchSize: Int
  /// Bytes of the scratch that views of this payload take.
  var used = 0
  /// Keys seen in each open object, `EventLimits.keys` a level.
  private let keys: UnsafeMutablePointer<ByteView>

  private(set) var start: UnsafePointer<UInt8>
  /// The next byte; the place of the fault after an error.
  var place: UnsafePointer<UInt8>
  private(set) var end: UnsafePointer<UInt8>

  /// What is being read, for messages: the member of the document, its element, the member of its map.
  var field = ByteView.empty
  var element = -1
  var member = ByteView.empty
  /// What the last rule that failed asks for.
  private(set) var hint: StaticString = ""

  init() {
    scratchSize = EventLimits.payloadBytes
    scratch = .allocate(capacity: scratchSize)
    keys = .allocate(capacity: (EventLimits.depth + 1) * EventLimits.keys)
    keys.initialize(repeating: .empty, count: (EventLimits.depth + 1) * EventLimits.keys)
    start = UnsafePointer(scratch)
    place = start
    end = start
  }

  deinit {
    scratch.deallocate()
    keys.deallocate()
  }

  var offset: Int { place - start }

  /// Starts on another text, of any length.
  @inline(__always) mutating func begin(_ text: UnsafeRawBufferPointer) {
    if text.count > scratchSize { growScratch(text.count) }
    if let base = text.baseAddress {
      start = base.assumingMemoryBound(to: UInt8.self)
    } else {
      start = UnsafePointer(scratch)
    }
    place = start
    end = start + text.count
    used = 0
    clearField()
  }

  @inline(never) private mutating func growScratch(_ size: Int) {
    scratch.deallocate()
    scratchSize = size
    scratch = .allocate(capacity: size)
  }

  @inline(__always) mutating func clearField() {
    field = .empty
    element = -1
    member = .empty
  }

  /// The error to throw for a broken rule, at `fault` (or where the scanner stands).
  @inline(never) mutating func fail(
    _ reason: Reason, _ hint: StaticString = "", at fault: UnsafePointer<UInt8>? = nil
  ) -> Reason {
    self.hint = hint
    if let fault { place = fault }
    return reason
  }

  // MARK: Structure

  @inline(__always) mutating func skipBlanks() {
    while place < end {
      let byte = place.pointee
      if byte > 32 || (byte != 32 && byte != 10 && byte != 13 && byte != 9) { return }
      place += 1
    }
  }

  /// The next byte that is not blank; it is not consumed.
  @inline(__always) mutating func peek() throws(Reason) -> UInt8 {
    if place < end, place.pointee > 32 { return place.pointee }
    skipBlanks()
    if place >= end { throw fail(.syntax) }
    return place.pointee
  }

  /// Consumes the document's opening brace.
  @inline(__always) mutating func enterDocument() throws(Reason) {
    skipBlanks()
    if place >= end { throw fail(.emptyPayload) }
    if place.pointee != UInt8(ascii: "{") { throw fail(.notObject) }
    place += 1
  }

  /// Nothing but blanks may follow the document.
  @inline(__always) mutating func finishDocument() throws(Reason) {
    clearField()
    skipBlanks()
    if place != end { throw fail(.trailingText) }
  }

  /// The next key of an object whose brace is consumed, up to and with its colon; nil behind the closing brace.
  @inline(__always) mutating func nextKey(_ isFirst: inout Bool) throws(Reason) -> ByteView? {
    var byte = try peek()
    if byte == UInt8(ascii: "}") {
      place += 1
      return nil
    }
    if isFirst {
      isFirst = false
    } else {
      if byte != UInt8(ascii: ",") { throw fail(.syntax) }
      place += 1
      byte = try peek()
    }
    if byte != UInt8(ascii: "\"") { throw fail(.syntax) }
    place += 1
    let key = try string()
    if try peek() != UInt8(ascii: ":") { throw fail(.syntax) }
    place += 1
    return key
  }

  /// Whether another element of an array follows, whose bracket is consumed.
  @inline(__always) mutating func nextElement(_ isFirst: inout Bool) throws(Reason) -> Bool {
    let byte = try peek()
    if byte == UInt8(ascii: "]") {
      place += 1
      return false
    }
    if isFirst {
      isFirst = false
    } else {
      if byte != UInt8(ascii: ",") { throw fail(.syntax) }
      place += 1
    }
    return true
  }

  @inline(__always) mutating func literal(_ text: StaticString) throws(Reason) {
    let count = text.utf8CodeUnitCount
    if end - place < count || memcmp(place, text.utf8Start, count) != 0 { throw fail(.syntax) }
    place += count
  }

  /// Notes a key of the object at `depth`; `count` keys of it are noted already.
  @inline(__always) mutating func note(_ key: ByteView, depth: Int, count: inout Int) throws(Reason) {
    let level = keys + (depth &- 1) &* EventLimits.keys
    for index in 0..<count where Self.equal(level[index], key) { throw fail(.duplicateKey) }
    if count == EventLimits.keys { throw fail(.tooManyKeys) }
    level[count] = key
    count &+= 1
  }

  @inline(__always) static func equal(_ a: ByteView, _ b: ByteView) -> Bool {
    guard a.count == b.count else { return false }
    guard let x = a.bytes.baseAddress, let y = b.bytes.baseAddress else { return true }
    return memcmp(x, y, a.count) == 0
  }
}
