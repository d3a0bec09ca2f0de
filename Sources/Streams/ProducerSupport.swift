import CRdKafka
import Glibc
import Synchronization

/// What a producer and its poll thread tell each other.
final class PollerState: Sendable {
  private let stop = Atomic<Bool>(false)
  private let thread = Atomic<UInt>(0)

  var isStopped: Bool { stop.load(ordering: .acquiring) }
  func requestStop() { stop.store(true, ordering: .releasing) }

  /// Called by the poll thread, first of all.
  func enter() { thread.store(pthread_self(), ordering: .releasing) }
  var isThisThread: Bool { thread.load(ordering: .acquiring) == pthread_self() }
}

/// One field of a record for `rd_kafka_produceva`.
func field(_ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_s.__Unnamed_union_u) -> Void) -> rd_kafka_vu_t {
  var result = rd_kafka_vu_t()
  result.vtype = type
  fill(&result.u)
  return result
}

/// The library takes a null pointer for "none": an empty key or payload needs an address.
func set(_ value: inout rd_kafka_vu_s.__Unnamed_union_u, _ bytes: UnsafeRawBufferPointer?) {
  guard let bytes else {
    value.mem.ptr = nil
    value.mem.size = 0
    return
  }
  value.mem.ptr = UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? emptyBytes)
  value.mem.size = bytes.count
}

/// Somewhere: nothing is read from it.
private nonisolated(unsafe) let emptyBytes = UnsafeRawPointer(
  UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))

func withBytes<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
  guard let bytes else { return body(nil) }
  return bytes.withUnsafeBytes { body($0) }
}

/// Sleeps on the calling thread.
func pause(_ limit: Duration) {
  let (seconds, attoseconds) = limit.components
  var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  nanosleep(&time, nil)
}
