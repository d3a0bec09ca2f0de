import Glibc

/// Memory whose end is the end of what may be read: one byte further is a fault that ends the process.
final class GuardedBuffer {
  private let pages: UnsafeMutableRawPointer
  private let size: Int
  private let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  init?(capacity: Int) {
    size = (capacity + page - 1) / page * page
    guard let pages = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      pages != MAP_FAILED
    else { return nil }
    self.pages = pages
    guard mprotect(pages + size, page, PROT_NONE) == 0 else { return nil }
  }

  deinit { munmap(pages, size + page) }

  /// The bytes, at the very end of the readable memory; valid until the next call.
  func place(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    precondition(bytes.count <= size, "\(bytes.count) bytes in a buffer of \(size)")
    let start = pages + size - bytes.count
    bytes.withUnsafeBytes { if let base = $0.baseAddress { memcpy(start, base, bytes.count) } }
    return UnsafeRawBufferPointer(start: start, count: bytes.count)
  }
}
