import CMicrohttpd

/// The library's connection, for the four things that are done with it.
///
/// Valid while a request on it is under way: a suspended connection stays valid until it is resumed, whatever its client
/// does, and belongs to its I/O thread again from that moment.
// Proof of Sendable: an address. `suspend`, `respond` and `respondStream` are called by the I/O thread; `resume` by the
// one thread that won the claim of `Exchange`, or under the lock of `EventStream`.
struct ConnectionHandle: @unchecked Sendable {
  private let connection: OpaquePointer

  init(_ connection: OpaquePointer) { self.connection = connection }

  func suspend() { cmhd_suspend(connection) }
  func resume() { cmhd_resume(connection) }

  /// - Returns: false when a header field has a character that none may have, or the status is not one.
  func respond(_ response: HTTPResponse, close: Bool) -> Bool {
    let fields = Self.fields(of: response, close: close)
    return response.body.withUnsafeBytes { body in
      fields.bytes.withUnsafeBufferPointer { pointer in
        pointer.withMemoryRebound(to: CChar.self) {
          cmhd_respond(connection, UInt32(response.status), body.baseAddress, body.count, $0.baseAddress, fields.count)
        }
      }
    } == 0
  }

  /// Sends `head` without its body, then what `stream` has.
  func respond(_ head: HTTPResponse, stream: EventStream) -> Bool {
    let fields = Self.fields(of: head, close: false)
    let source = Unmanaged.passRetained(stream).toOpaque()
    return fields.bytes.withUnsafeBufferPointer { pointer in
      pointer.withMemoryRebound(to: CChar.self) {
        cmhd_respond_stream(
          connection, UInt32(head.status), source, onRead, onRelease, $0.baseAddress, fields.count)
      }
    } == 0
  }

  /// Name and value of each field, each followed by a NUL.
  private static func fields(of response: HTTPResponse, close: Bool) -> (bytes: [UInt8], count: Int) {
    var bytes: [UInt8] = []
    var count = 0
    func add(_ name: String, _ value: String) {
      for text in [name, value] {
        // A NUL would end the text early: the library refuses a line feed in its place.
        for byte in text.utf8 { bytes.append(byte == 0 ? UInt8(ascii: "\n") : byte) }
        bytes.append(0)
      }
      count += 1
    }
    if let type = response.contentType { add("Content-Type", type) }
    for field in response.headers { add(field.name, field.value) }
    if close { add("Connection", "close") }
    return (bytes, count)
  }
}

private func onRead(_ stream: UnsafeMutableRawPointer?, _ target: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int
{
  guard let stream, let target else { return -1 }
  return Unmanaged<EventStream>.fromOpaque(stream).takeUnretainedValue()
    .read(into: UnsafeMutableRawBufferPointer(start: target, count: capacity))
}

private func onRelease(_ stream: UnsafeMutableRawPointer?) {
  guard let stream else { return }
  Unmanaged<EventStream>.fromOpaque(stream).takeRetainedValue().released()
}
