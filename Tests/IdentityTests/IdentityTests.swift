import Identity
import Testing

@Suite struct PartitionerTests {
  // Reference values of Kafka's Java client (org.apache.kafka.common.utils.UtilsTest, and native.md 11.8).
  @Test func agreesWithTheJavaClient() {
    #expect(Partitioner.partition(of: EntityID(42), partitions: 8) == 4)
    #expect(Partitioner.partition(of: EntityID("abc"), partitions: 8) == 3)
    #expect(Partitioner.partition(of: EntityID("21"), partitions: 8) == 4)
    #expect(Partitioner.partition(of: EntityID("foobar"), partitions: 8) == 6)
  }
}

@Suite struct EntityIDTests {
  @Test func identityIsTheTextWhateverTheForm() {
    #expect(EntityID(42) == EntityID("42"))
    #expect(ItemKey(EntityID(42)) == ItemKey(EntityID("42")))
    #expect(EntityID("042") != EntityID(42))
    #expect(EntityID(42).form == .integer)
  }
}

@Suite struct KeyTableTests {
  @Test(arguments: 0..<8 as Range<UInt64>) func agreesWithDictionary(seed: UInt64) {
    var table = KeyTable()
    var reference: [UInt64: Int32] = [:]
    var state = seed
    for step in 0..<20_000 {
      state = Hash64.mix(state &+ UInt64(step))
      let key = state % 700
      if state >> 60 < 5 {
        #expect(table.remove(key) == reference.removeValue(forKey: key), "seed \(seed) step \(step)")
      } else {
        let value = Int32(truncatingIfNeeded: state >> 33) & .max
        table.set(key, value)
        reference[key] = value
      }
      if step % 97 == 0 { #expect(table.find(key) == reference[key], "seed \(seed) step \(step)") }
    }
    #expect(table.count == reference.count, "seed \(seed)")
    for key in 0..<700 as Range<UInt64> { #expect(table.find(key) == reference[key], "seed \(seed) key \(key)") }
  }
}
