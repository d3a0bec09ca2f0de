import CRdKafka
import Synchronization
import Telemetry

/// What librdkafka's callbacks of one client need. The client's handle keeps it alive until the library is done with it.
// Proof of Sendable: constants and a mutex; the subclass has its own.
class ClientContext: @unchecked Sendable {
  let log: Logger
  let observer: any StreamsObserver
  private let fatal = Mutex<StreamError?>(nil)

  init(log: Logger, observer: any StreamsObserver) {
    self.log = log
    self.observer = observer
  }

  /// The error after which the client cannot go on, once there is one.
  var fatalError: StreamError? { fatal.withLock { $0 } }

  func hear(_ code: rd_kafka_resp_err_t, _ reason: String, client: OpaquePointer?) {
    guard code == RD_KAFKA_RESP_ERR__FATAL else {
      let error = StreamError(code, "kafka", detail: reason)
      log.debug("\(error)")
      observer.transientError(error)
      return
    }
    var text = [CChar](repeating: 0, count: 512)
    let cause = rd_kafka_fatal_error(client, &text, text.count)
    let error = StreamError(.fatal, "\(cString: text) (\(String(cString: rd_kafka_err2name(cause))))")
    fatal.withLock { first in if first == nil { first = error } }
    log.error("\(error)", ["remedy": "\(error.remedy)"])
  }

  /// librdkafka's own lines; it has syslog's levels.
  func line(_ level: Int32, _ facility: String, _ text: String) {
    let mapped: LogLevel =
      switch level {
      case ...2: .error
      case 3: .warning
      case 4, 5: .notice
      case 6: .info
      default: .debug
      }
    log.log(mapped, text, ["facility": "\(facility)"])
  }

  static func of(_ opaque: UnsafeMutableRawPointer?) -> ClientContext? {
    opaque.map { Unmanaged<ClientContext>.fromOpaque($0).takeUnretainedValue() }
  }
}

extension DefaultStringInterpolation {
  /// Text that a C function wrote into a buffer.
  mutating func appendInterpolation(cString buffer: [CChar]) {
    appendInterpolation(text(of: buffer))
  }
}

/// The text before the first NUL.
func text(of buffer: [CChar]) -> String {
  String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

// File-level functions: they run on the library's threads and must belong to no actor.

func onClientError(
  _ client: OpaquePointer?, _ code: Int32, _ reason: UnsafePointer<CChar>?, _ opaque: UnsafeMutableRawPointer?
) {
  ClientContext.of(opaque)?.hear(
    rd_kafka_resp_err_t(rawValue: code), reason.map { String(cString: $0) } ?? "", client: client)
}

func onClientLog(
  _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ text: UnsafePointer<CChar>?
) {
  guard let client, let context = ClientContext.of(rd_kafka_opaque(client)) else { return }
  context.line(level, facility.map { String(cString: $0) } ?? "", text.map { String(cString: $0) } ?? "")
}
