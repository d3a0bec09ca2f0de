import Glibc
import Identity

/// A few short names and their places, found by their bytes without allocation: open addressing over one array.
struct NameTable: Sendable {
  private struct Slot: Sendable {
    var start: UInt16 = 0
    var length: UInt16 = 0
    /// Place + 1; 0 is free.
    var mark: UInt16 = 0
  }

  private let slots: [Slot]
  private let text: [UInt8]
  private let mask: Int

  /// - Precondition: names are distinct and not empty, and have less than 65,536 bytes together.
  init(_ names: [String]) {
    var size = 8
    while size < names.count * 4 { size *= 2 }
    var slots = [Slot](repeating: Slot(), count: size)
    var text: [UInt8] = []
    for (place, name) in names.enumerated() {
      var slot = Self.home(Array(name.utf8)) & (size - 1)
      while slots[slot].mark != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Slot(start: UInt16(text.count), length: UInt16(name.utf8.count), mark: UInt16(place + 1))
      text += Array(name.utf8)
    }
    self.slots = slots
    self.text = text
    mask = size - 1
  }

  private static func home(_ name: [UInt8]) -> Int { Int(truncatingIfNeeded: Hash64.of(name)) }

  /// - Complexity: O(length of the name), expected.
  @inline(__always) func find(_ name: UnsafeRawBufferPointer) -> Int? {
    guard let bytes = name.baseAddress else { return nil }
    var slot = Int(truncatingIfNeeded: Hash64.of(name)) & mask
    return text.withUnsafeBytes { text in
      while slots[slot].mark != 0 {
        let candidate = slots[slot]
        if Int(candidate.length) == name.count, let all = text.baseAddress,
          memcmp(all + Int(candidate.start), bytes, name.count) == 0
        {
          return Int(candidate.mark) - 1
        }
        slot = (slot + 1) & mask
      }
      return nil
    }
  }
}
