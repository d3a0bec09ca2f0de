import Synchronization

/// One request and its answer, from the request's line to the last byte sent.
// Proof of Sendable: everything mutable is touched by the connection's I/O thread alone, with two exceptions.
// `request` and `expires` are written before the exchange is put into the queue or the table of parked requests, whose
// locks order them before any reader, and not after. `answer` is written once, by the thread that won `claim`, before it
// resumes the connection, and read by the I/O thread after; the library's lock orders the two.
final class Exchange: @unchecked Sendable {
  enum Phase {
    /// Line seen, header not complete.
    case head
    case body
    /// Suspended, or resumed with an answer.
    case parked
    case answered
  }

  let connection: Connection
  let handle: ConnectionHandle
  /// Where the target began, and its length: see `RawHead`.
  let targetAddress: UInt
  let targetLength: Int

  var phase = Phase.head
  var method = HTTPMethod.get
  var target: RequestTarget?
  var headers = HTTPHeaders()
  var body: [UInt8] = []
  /// Bytes of the body that were beyond the limit and not kept.
  var discarded = 0
  var bodyLimit = 0
  /// The route's index; nil when none matched.
  var route: Int?
  var parameters: [(name: String, value: String)] = []
  /// Known before the body has come, sent after it, so that the connection can be kept.
  var refusal: HTTPResponse?
  /// Monotonic nanoseconds at which the request was complete.
  var completeAt: UInt64 = 0

  /// Set when the request is handed to another thread.
  var request: HTTPRequest?
  /// Monotonic nanoseconds at which a parked request is answered by the clock.
  var expires: UInt64 = .max
  private(set) var answer: HTTPResponse?
  private let claim = Atomic<Bool>(false)

  init(_ connection: Connection, _ handle: ConnectionHandle, target: UnsafeBufferPointer<UInt8>) {
    self.connection = connection
    self.handle = handle
    targetAddress = UInt(bitPattern: target.baseAddress)
    targetLength = target.count
  }

  /// Whether nobody has answered yet; it may be untrue as soon as it is known.
  var isOpen: Bool { !claim.load(ordering: .relaxed) }

  /// Answers a parked request, unless somebody else has. Any thread; only after the connection was suspended.
  /// - Returns: whether this was the answer.
  func complete(_ answer: HTTPResponse, in table: ParkedTable) -> Bool {
    guard claim.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
      return false
    }
    self.answer = answer
    handle.resume()
    // Last: when the table is empty, every connection has been resumed.
    table.remove(self)
    return true
  }
}
