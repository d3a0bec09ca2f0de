import Identity
import Testing

@testable import State

/// What models learn of a user's profile, and how it travels with the applied entries.
@Suite struct ProfileTests {
  private let like = Interaction(
    item: ItemKey(EntityID("film")), typeCode: 0, signal: .positive, grade: Grade(5), timeMs: 1_000)

  private func apply(_ record: inout UserRecord) -> AppliedEntry {
    var entry = AppliedEntry.reusable()
    _ = record.apply(like, userHash: 7, entry: &entry)
    return entry
  }

  private func encoded(_ entries: [AppliedEntry]) -> [UInt8] {
    var writer = ByteWriter()
    AppliedCodec.begin(&writer, AppliedRange(log: 1, start: 0, end: Int64(entries.count)))
    for (place, entry) in entries.enumerated() {
      Array("film".utf8).withUnsafeBytes {
        AppliedCodec.append(entry, place: Int64(place), itemID: $0, form: .string, to: &writer)
      }
    }
    return writer.bytes
  }

  @Test func theCodesAreThoseOfTheFirstEightNames() {
    var record = UserRecord()
    var expected: [UInt16] = []
    for (place, name) in "kjihgfedcba".enumerated() {
      record.setAttribute(String(name), .number(Double(place)))
      if name < "i" { expected.append(ProfileCodes.code(name: String(name), value: .number(Double(place)))) }
    }
    #expect(expected.count == ProfileCodes.maximum)
    let codes = record.profile
    #expect((0..<codes.count).map { codes.values[$0] } == expected.sorted(by: >))
  }

  @Test func theOrderOfTheEventsDoesNotMatterAndARemovedAttributeIsGone() {
    let pairs: [(String, AttributeValue)] = [
      ("country", .text("de")), ("age", .number(31.5)), ("premium", .flag(true)),
    ]
    var first = UserRecord()
    var second = UserRecord()
    for (name, value) in pairs { first.setAttribute(name, value) }
    second.setAttribute("country", .text("at"))
    for (name, value) in pairs.reversed() { second.setAttribute(name, value) }
    #expect(first.profile == second.profile && first.profile.count == 3)
    for (name, _) in pairs { second.setAttribute(name, nil) }
    #expect(second.profile == ProfileCodes())
  }

  @Test func aStoredRecordHasTheSameProfile() throws {
    var record = UserRecord()
    record.setAttribute("country", .text("de"))
    record.setAttribute("age", .number(44))
    _ = apply(&record)
    var writer = ByteWriter()
    RecordCodec.encodeHot(record, into: &writer)
    let read = try writer.bytes.withUnsafeBytes { hot in
      try RecordCodec.decode(hot: hot, past: UnsafeRawBufferPointer(start: nil, count: 0))
    }
    #expect(read == record && read.profile == record.profile && read.profile.count == 2)
  }

  /// An entry holds the profile as it stood before its event.
  @Test func entriesHoldTheProfileOfTheirTime() throws {
    var record = UserRecord()
    let before = apply(&record)
    record.setAttribute("country", .text("de"))
    let between = apply(&record)
    record.setAttribute("country", .text("fr"))
    let after = apply(&record)
    #expect(before.profile == ProfileCodes() && between.profile != after.profile && after.profile == record.profile)
    let bytes = encoded([before, between, after, before])
    var read: [ProfileCodes] = []
    try bytes.withUnsafeBytes { raw in try AppliedCodec.forEach(in: raw) { read.append($0.entry.profile) } }
    #expect(read == [before, between, after, before].map(\.profile))
  }

  /// What users without a profile leave in the log is what it always was: such entries have the first kind.
  @Test func withoutAProfileNothingIsWritten() {
    var record = UserRecord()
    let without = encoded([apply(&record)])
    let head = encoded([]).count
    #expect(without[head] & 0xf == AppliedEntry.Kind.interaction.rawValue)
    var other = UserRecord()
    for place in 0..<12 { other.setAttribute("a\(place)", .number(1)) }
    #expect(encoded([apply(&other)]).count == without.count + 1 + 2 * ProfileCodes.maximum)
  }

  @Test func tornAndDamagedProfilesAreRefused() {
    var record = UserRecord()
    record.setAttribute("country", .text("de"))
    let bytes = encoded([apply(&record)])
    for cut in 1...3 {
      #expect(throws: CorruptBytes.self) {
        try bytes.dropLast(cut).withUnsafeBytes { try AppliedCodec.forEach(in: $0) { _ in } }
      }
    }
    var damaged = bytes
    damaged[bytes.count - 3] = UInt8(ProfileCodes.maximum + 1)
    #expect(throws: CorruptBytes.self) { try damaged.withUnsafeBytes { try AppliedCodec.forEach(in: $0) { _ in } } }
  }
}
