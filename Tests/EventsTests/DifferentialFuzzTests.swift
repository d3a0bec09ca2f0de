import Events
import Glibc
import Testing

/// The decoder against simdjson's DOM and a naive reading of the rules, on the same mutants.
///
/// Where they may differ, and why (simdjson 3.0.1; native.md section 11.1):
/// - simdjson refuses a document for a number that it cannot hold, even in a field that nobody reads; here it is skipped.
/// - simdjson reads `-0` as the integer 0; here it is no id.
@Suite struct DifferentialFuzzTests {
  private static let mutantsPerSeed = 40_000

  private struct Tally {
    var valid = 0
    var refused = 0
    var undecided = 0
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func agreesWithSimdjson(seed: UInt64) throws {
    let rules = try standardRules()
    let decoder = EventDecoder(rules: rules)
    let oracle = try #require(SimdjsonOracle())
    let memory = try #require(GuardedBuffer(capacity: 1 << 16))
    let times = ReferenceTime()
    var mutator = EventMutator(seed: seed)
    var tally = Tally()
    for round in 0..<Self.mutantsPerSeed {
      let payload = mutator.next()
      let bytes = memory.place(payload)
      if let difference = compare(bytes, decoder, oracle, times, &tally) {
        let text = String(decoding: payload, as: UTF8.self)
        Issue.record("seed \(seed), mutant \(round): \(difference)\n\(text)")
        return
      }
    }
    // The comparison is worth something only while all cases occur.
    #expect(tally.valid > Self.mutantsPerSeed / 5 && tally.refused > Self.mutantsPerSeed / 5, "seed \(seed): \(tally)")
    #expect(tally.undecided < Self.mutantsPerSeed / 20, "seed \(seed): \(tally)")
  }

  private func compare(
    _ bytes: UnsafeRawBufferPointer, _ decoder: EventDecoder, _ oracle: SimdjsonOracle,
    _ times: ReferenceTime, _ tally: inout Tally
  ) -> String? {
    var fault: EventFault?
    do throws(EventFault) { try decoder.decode(bytes, brokerTimeMs: brokerMs) } catch { fault = error }
    switch oracle.parse(bytes) {
    case .badNumber:
      if fault == nil { tally.undecided += 1 } else { tally.refused += 1 }
      return fault != nil || hasLongNumber(bytes) ? nil : "simdjson met a bad number where there is none"
    case .invalid:
      tally.refused += 1
      return fault == nil ? "accepted what simdjson refuses" : nil
    case .valid(let document):
      let reference = ReferenceDecoder(document, types: decoder.rules.types, times: times)
      guard let fault else {
        tally.valid += 1
        guard reference.faults.isEmpty else { return "accepted in spite of \(reference.faults)" }
        let facts = EventFacts(decoder.event, types: decoder.rules.types)
        return facts == reference.facts ? nil : "\(facts) is not \(reference.facts)"
      }
      tally.refused += 1
      if fault.reason == .wrongType && isMinusZero(bytes, at: fault.offset) { return nil }
      let found = ReferenceDecoder.Fault(reason: fault.reason, field: fault.field)
      return reference.faults.contains(found) ? nil : "refused for \(fault), the rules say \(reference.faults)"
    }
  }

  private func isMinusZero(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    offset + 1 < bytes.count && bytes[offset] == UInt8(ascii: "-") && bytes[offset + 1] == UInt8(ascii: "0")
  }

  /// Nineteen digits in a row, or an exponent of three.
  private func hasLongNumber(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var run = 0
    var afterExponent = false
    for byte in bytes {
      if byte &- 0x30 <= 9 {
        run += 1
        if run >= (afterExponent ? 3 : 19) { return true }
      } else {
        afterExponent = byte | 0x20 == 0x65 || (afterExponent && run == 0 && (byte == 0x2B || byte == 0x2D))
        run = 0
      }
    }
    return false
  }
}
