import Synchronization

/// One writer, readers that never wait for it: a reader copies, and copies again if the writer was there meanwhile.
///
/// The copied memory is plain (not atomic) words that are never unmapped while the lock's owner lives. A torn copy is
/// possible and is thrown away: the sequence number is odd during a write and differs after it.
enum SequenceLock {
  typealias Word = UnsafeMutablePointer<Atomic<UInt32>>

  @inline(__always) static func write<R>(_ word: Word, _ body: () -> R) -> R {
    let start = word.pointee.load(ordering: .relaxed)
    word.pointee.store(start &+ 1, ordering: .relaxed)
    atomicMemoryFence(ordering: .releasing)
    defer { word.pointee.store(start &+ 2, ordering: .releasing) }
    return body()
  }

  /// `copy` must only copy, into memory of the reader's own, and must bound every length that it reads.
  @inline(__always) static func read<R>(_ word: Word, _ copy: () -> R) -> R {
    while true {
      let before = word.pointee.load(ordering: .acquiring)
      if before & 1 == 0 {
        let result = copy()
        atomicMemoryFence(ordering: .acquiring)
        if word.pointee.load(ordering: .relaxed) == before { return result }
      }
      _spinPause()
    }
  }

  @inline(__always) private static func _spinPause() {
    // A write lasts some microseconds at most; yielding the time slice would cost more.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
  }
}
