import Testing

@testable import Store

@Suite struct HashSlotTests {
  /// What CLUSTER KEYSLOT of redis-server 7.0.15 answers.
  @Test(arguments: [
    ("", 0), ("123456789", 12_739), ("foo", 12_182), ("{s17}:user:42", 12_616), ("a{s17}b", 12_616), ("{}x", 10_595),
    ("foo{{bar}}zap", 4_015), ("foo{bar}{zap}", 5_061), ("x{", 3_596), ("x{y", 2_740),
  ]) func slotsAreTheServers(key: String, slot: Int) { #expect(HashSlot.of(Array(key.utf8)) == slot) }
}
