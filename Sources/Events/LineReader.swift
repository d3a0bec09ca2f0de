import Glibc

/// Reads NDJSON line by line through one buffer, whatever a line's length. One owner, one thread.
struct LineReader: ~Copyable {
  enum Line {
    /// Without its end (LF or CRLF); valid until the next call.
    case text(UnsafeRawBufferPointer)
    /// Longer than any payload may be; its bytes are gone.
    case tooLong(bytes: Int)
  }

  /// One byte more than a payload shows that a line is too long; a carriage return may follow.
  private static let longestLine = EventLimits.payloadBytes + 2

  let path: String
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var isAtEnd = false

  /// - Parameter path: `-` is the standard input.
  init(path: String) throws(StreamFileError) {
    self.path = path
    descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw StreamFileError("\(path): cannot be opened: \(String(cString: strerror(errno)))")
    }
    buffer = .allocate(byteCount: Self.longestLine * 2, alignment: 16)
  }

  deinit {
    close(descriptor)
    buffer.deallocate()
  }

  /// The next line; nil at the end.
  mutating func next() throws(StreamFileError) -> Line? {
    var searched = 0
    while true {
      if let newline = find(from: start + searched) {
        defer { start = newline + 1 }
        return .text(trimmed(start..<newline))
      }
      if isAtEnd {
        defer { start = end }
        return start < end ? .text(trimmed(start..<end)) : nil
      }
      if end - start >= Self.longestLine { return .tooLong(bytes: try discardLine()) }
      searched = end - start
      try refill()
    }
  }

  private func find(from offset: Int) -> Int? {
    guard offset < end, let base = buffer.baseAddress, let hit = memchr(base + offset, 10, end - offset) else {
      return nil
    }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  private func trimmed(_ line: Range<Int>) -> UnsafeRawBufferPointer {
    let hasReturn = !line.isEmpty && buffer[line.upperBound - 1] == 13
    return UnsafeRawBufferPointer(rebasing: buffer[line.lowerBound..<line.upperBound - (hasReturn ? 1 : 0)])
  }

  /// Reads on to the line's end. Returns its length.
  private mutating func discardLine() throws(StreamFileError) -> Int {
    var length = 0
    while true {
      if let newline = find(from: start) {
        length += newline - start
        start = newline + 1
        return length
      }
      length += end - start
      start = end
      if isAtEnd { return length }
      try refill()
    }
  }

  private mutating func refill() throws(StreamFileError) {
    guard let base = buffer.baseAddress else { return }
    if start > 0 {
      memmove(base, base + start, end - start)
      end -= start
      start = 0
    }
    let got = read(descriptor, base + end, buffer.count - end)
    guard got >= 0 else {
      if errno == EINTR { return }
      throw StreamFileError("\(path): cannot be read: \(String(cString: strerror(errno)))")
    }
    isAtEnd = got == 0
    end += got
  }
}

/// A file that cannot be read.
public struct StreamFileError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}
