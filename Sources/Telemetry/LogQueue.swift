import Glibc
import Synchronization

/// Bytes of finished lines on their way to the writer: two buffers of fixed size, swapped.
///
/// Appending copies one line under a lock that is never held across I/O, so a caller never waits for the disk or the
/// terminal. A line that does not fit is dropped and counted.
final class LogQueue: Sendable {
  // Proof of Sendable: a block is either in `pending`, under its lock, or `spare`, which is the writer's alone.
  private struct Block: @unchecked Sendable {
    let bytes: UnsafeMutablePointer<UInt8>
  }

  private struct Pending {
    var block: Block
    var count = 0
    var accepted: UInt64 = 0
    var dropped: UInt64 = 0
  }

  let capacity: Int
  private let pending: Mutex<Pending>
  // Proof: touched by the writer's thread alone, in `take`, and by deinit, when there is no writer any more.
  nonisolated(unsafe) private var spare: Block
  private let total = Atomic<UInt64>(0)

  init(capacity: Int) {
    self.capacity = capacity
    pending = Mutex(Pending(block: Block(bytes: .allocate(capacity: capacity))))
    spare = Block(bytes: .allocate(capacity: capacity))
  }

  deinit {
    pending.withLock { $0.block.bytes.deallocate() }
    spare.bytes.deallocate()
  }

  /// Lines dropped since the start.
  var droppedTotal: UInt64 { total.load(ordering: .relaxed) }
  /// Bytes ever accepted.
  var accepted: UInt64 { pending.withLock { $0.accepted } }

  /// - Returns: whether the line was taken.
  func append(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    let length = line.count
    guard let base = line.baseAddress, length > 0 else { return true }
    // Proof: read inside the lock's closure only, while the caller holds the line.
    nonisolated(unsafe) let source = base
    let taken = pending.withLock { pending in
      guard pending.count + length <= capacity else {
        pending.dropped += 1
        return false
      }
      (pending.block.bytes + pending.count).update(from: source, count: length)
      pending.count += length
      pending.accepted += UInt64(length)
      return true
    }
    if !taken { total.wrappingAdd(1, ordering: .relaxed) }
    return taken
  }

  /// Hands what is pending to the writer. Only one thread may call this; the bytes are valid until its next call.
  func take() -> (bytes: UnsafePointer<UInt8>, count: Int, dropped: UInt64) {
    let free = spare
    let full = pending.withLock { pending in
      let full = (pending.block, pending.count, pending.dropped)
      pending.block = free
      pending.count = 0
      pending.dropped = 0
      return full
    }
    spare = full.0
    return (UnsafePointer(full.0.bytes), full.1, full.2)
  }

  /// For a signal handler: writes what is pending straight to `descriptor`, unless the lock is held at this instant
  /// (then by the very thread that crashed, or by one that will not run again). Allocates nothing.
  func writeWithoutWaiting(to descriptor: Int32) {
    _ = pending.withLockIfAvailable { pending in
      writeAll(descriptor, UnsafePointer(pending.block.bytes), pending.count)
      pending.count = 0
    }
  }
}

/// Writes all, over interruptions and short writes; gives up on any other error, as there is nowhere to report it.
func writeAll(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
  var offset = 0
  while offset < count {
    let written = write(descriptor, bytes + offset, count - offset)
    if written > 0 {
      offset += written
    } else if written < 0 && errno == EAGAIN {
      var slot = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&slot, 1, 1_000) <= 0 { return }
    } else if !(written < 0 && errno == EINTR) {
      return
    }
  }
}
