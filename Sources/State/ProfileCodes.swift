import Identity

/// A user's profile as models learn from it: hashes of at most eight of its attribute=value pairs.
///
/// A function of the attributes alone, the same in every process. It travels with each applied entry, so that a training
/// sees the profile as it stood before the event.
public struct ProfileCodes: Sendable, Equatable {
  /// Pairs that are learned from: those whose names come first. Sixteen bytes an event in the towers' window.
  public static let maximum = 8

  /// Codes from 1 on, largest first, then 0 for none: a sum over them has one order.
  public private(set) var values: SIMD8<UInt16> = .zero

  /// Of no attributes.
  public init() {}

  /// - Complexity: O(attributes * log(attributes)); allocates only where there are some.
  public init(_ attributes: [String: AttributeValue]) {
    guard !attributes.isEmpty else { return }
    var codes: [UInt16] = []
    for name in attributes.keys.sorted().prefix(Self.maximum) {
      if let value = attributes[name] { codes.append(Self.code(name: name, value: value)) }
    }
    codes.sort(by: >)
    for (place, code) in codes.enumerated() { values[place] = code }
  }

  public var count: Int {
    var count = 0
    while count < Self.maximum && values[count] != 0 { count += 1 }
    return count
  }

  /// 1...65,535; numbers by their shortest decimal form.
  static func code(name: String, value: AttributeValue) -> UInt16 {
    let text =
      switch value {
      case .text(let text): text
      case .number(let number): "\(number)"
      case .flag(let flag): flag ? "true" : "false"
      }
    return UInt16(1 + Hash64.of("\(name)=\(text)") % UInt64(UInt16.max))
  }

  func encode(into writer: inout ByteWriter) {
    writer.byte(UInt8(count))
    for place in 0..<count { writer.word(values[place]) }
  }

  init(from reader: inout ByteReader) throws(CorruptBytes) {
    let stored = Int(try reader.byte())
    guard stored <= Self.maximum else {
      throw CorruptBytes(what: "\(stored) profile codes", offset: reader.offset)
    }
    for place in 0..<stored { values[place] = try reader.word(UInt16.self) }
  }
}
