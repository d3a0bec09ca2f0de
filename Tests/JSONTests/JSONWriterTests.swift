import Foundation
import JSON
import Testing

@Suite struct JSONWriterTests {
  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func integersOfEveryWidth() {
    for value in [Int64.min, -10, -1, 0, 9, 10, .max] { #expect(text { $0.integer(value) } == String(value)) }
    #expect(text { $0.integer(UInt64.max) } == "18446744073709551615")
    #expect(text { $0.integer(Int8.min) } == "-128")
    #expect(text { $0.integer(UInt16.max) } == "65535")
  }

  /// The writer looks at eight bytes at a time: each byte at each place, among bytes of every kind.
  @Test(arguments: [UInt8(0), 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F])
  func whatNeedsEscapingIsEscapedAtEveryPlace(byte: UInt8) throws {
    for filler in ["a", "é", "\u{10FFFF}", "!", "#", "]"] {
      for place in 0..<18 {
        var value = String(repeating: filler, count: 18)
        value.insert(Character(Unicode.Scalar(byte)), at: value.index(value.startIndex, offsetBy: place))
        let written = text { $0.string(value) }
        let read = try JSONSerialization.jsonObject(with: Data(written.utf8), options: .fragmentsAllowed)
        #expect(read as? String == value, "\(byte) at \(place) among \(filler)")
      }
    }
  }
}
