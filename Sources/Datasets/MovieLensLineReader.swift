import Glibc

/// Reads a file line by line through one buffer, without holding the file.
///
/// Lines end in LF or CRLF; the last may end at the end of the file. One owner, one thread.
struct MovieLensLineReader: ~Copyable {
  /// Longer lines than this are no rating and no film: the file is something else.
  static let longestLine = 1 << 20
  let path: String
  /// Number of the line last returned, from 1.
  private(set) var line = 0
  private let descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var isAtEnd = false

  init(path: String) throws(DatasetError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw DatasetError(file: path, message: "cannot be opened: \(String(cString: strerror(errno)))")
    }
    buffer = .allocate(byteCount: Self.longestLine, alignment: 16)
  }

  deinit {
    close(descriptor)
    buffer.deallocate()
  }

  /// The error at the line last returned.
  func fault(_ message: String) -> DatasetError { DatasetError(file: path, line: line, message: message) }

  /// The next line without its end; valid until the next call. Nil at the end of the file.
  mutating func next() throws(DatasetError) -> UnsafeRawBufferPointer? {
    var searched = start
    while true {
      if let newline = find(from: searched) {
        defer { start = newline + 1 }
        return take(upTo: newline)
      }
      if isAtEnd {
        guard start < end else { return nil }
        defer { start = end }
        return take(upTo: end)
      }
      searched = end - start
      try refill()
      searched += start
    }
  }

  private func find(from offset: Int) -> Int? {
    guard offset < end, let base = buffer.baseAddress,
      let hit = memchr(base + offset, 10, end - offset)
    else { return nil }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  private mutating func take(upTo stop: Int) -> UnsafeRawBufferPointer {
    line += 1
    var last = stop
    if last > start && buffer[last - 1] == 13 { last -= 1 }
    return UnsafeRawBufferPointer(rebasing: buffer[start..<last])
  }

  private mutating func refill() throws(DatasetError) {
    guard let base = buffer.baseAddress else { return }
    if start > 0 {
      memmove(base, base + start, end - start)
      end -= start
      start = 0
    }
    guard end < buffer.count else {
      throw DatasetError(
        file: path, line: line + 1, message: "longer than \(Self.longestLine) bytes: not a MovieLens file")
    }
    let got = read(descriptor, base + end, buffer.count - end)
    guard got >= 0 else {
      throw DatasetError(file: path, line: line, message: "cannot be read: \(String(cString: strerror(errno)))")
    }
    isAtEnd = got == 0
    end += got
  }
}
