import State
import Testing

@testable import Training

/// What travels on `ranking-samples` comes back bit for bit, and nothing else is taken for it.
@Suite struct GroupCodecTests {
  let group = TrainingGroup(
    sequence: 7, userHash: .max, timeMs: -5, rows: [1, 2.5, -0.0, 3e-30, 4, 5], labels: [3, 0, 1], registryHash: 11,
    reference: [9, 8])

  @Test func aGroupComesBackBitForBit() throws {
    let bytes = GroupCodec.encode(group)
    let back = try bytes.withUnsafeBytes { bytes in try GroupCodec.decode(bytes) }
    #expect(back.sequence == 7 && back.userHash == .max && back.timeMs == -5 && back.registryHash == 11)
    #expect(back.rows.map(\.bitPattern) == group.rows.map(\.bitPattern))
    #expect(back.labels == group.labels)
    #expect(back.reference == group.reference)
  }

  /// As it was written before there were places, and as a group without them is written still.
  @Test func oldRecordsStayReadable() throws {
    let small = TrainingGroup(
      sequence: 1, userHash: 2, timeMs: 3, rows: [1, 2], labels: [3, 0], registryHash: 4, reference: [0.5])
    var bytes: [UInt8] = [1]
    for word in [UInt8(1), 2, 3, 4] { bytes += [word, 0, 0, 0, 0, 0, 0, 0] }
    bytes += [1, 2, 1, 3, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0, 0x3F]
    #expect(GroupCodec.encode(small) == bytes)
    let back = try bytes.withUnsafeBytes { bytes in try GroupCodec.decode(bytes) }
    #expect(!back.wasShown && back.rows == [1, 2] && back.labels == [3, 0] && back.reference == [0.5])
    bytes[0] = 3
    #expect(throws: CorruptBytes.self) { _ = try bytes.withUnsafeBytes { bytes in try GroupCodec.decode(bytes) } }
  }

  @Test func aShownGroupKeepsItsPlaces() throws {
    var shown = group
    shown.positions = [1, 2, 40]
    let bytes = GroupCodec.encode(shown)
    let back = try bytes.withUnsafeBytes { bytes in try GroupCodec.decode(bytes) }
    #expect(back.wasShown && back.positions == [1, 2, 40] && back.labels == group.labels && back.rows.count == 6)
    // What was written before there were places.
    #expect(GroupCodec.encode(group).first == 1 && bytes.first == 2)
  }

  @Test(arguments: [false, true])
  func tornBytesAreRefused(wasShown: Bool) {
    var group = group
    if wasShown { group.positions = [1, 2, 3] }
    let bytes = GroupCodec.encode(group)
    for length in 0..<bytes.count {
      #expect(throws: CorruptBytes.self) {
        _ = try bytes.prefix(length).withUnsafeBytes { bytes in try GroupCodec.decode(bytes) }
      }
    }
  }

  @Test func aFeatureThatIsNoNumberIsRefused() {
    var bad = group
    bad.rows[2] = .nan
    let bytes = GroupCodec.encode(bad)
    #expect(throws: CorruptBytes.self) { _ = try bytes.withUnsafeBytes { bytes in try GroupCodec.decode(bytes) } }
  }
}
