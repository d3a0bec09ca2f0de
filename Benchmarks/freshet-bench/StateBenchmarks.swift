import Identity
import State

extension Suite {
  static let state: [Benchmark] = [
    Benchmark("UserRecord.apply", operations: 50_000) {
      let world = World()
      let hashes = (0..<world.users).map { World.userHash($0) }
      var records = Array(repeating: UserRecord(), count: world.users)
      var entry = AppliedEntry.reusable()
      var lap: Int64 = 0
      return {
        for (place, event) in world.events.enumerated() {
          var interaction = event.interaction
          interaction.timeMs += lap * world.spanMs
          // Half of the events have an id, each a new one.
          if place % 2 == 0 { interaction.eventHash = Hash64.mix(UInt64(lap * 50_000) + UInt64(place) + 1) }
          _ = records[event.user].apply(interaction, userHash: hashes[event.user], entry: &entry)
        }
        keep(entry.neighbours.count)
        lap += 1
      }
    },
    Benchmark("ItemState.learn", operations: 50_000) {
      let world = World()
      let (_, state, entries) = world.fold(keepingEntries: true)
      var lap: Int64 = 1
      return {
        for (place, event) in world.events.enumerated() {
          var entry = entries[place]
          entry.interaction.timeMs += lap * world.spanMs
          state.learn(entry, id: world.items[event.item])
        }
        lap += 1
      }
    },
    Benchmark("RecordCodec.encodeHot", operations: 1_000) {
      let records = World().fold().users
      var writer = ByteWriter(reserving: 4_096)
      return {
        for record in records {
          RecordCodec.encodeHot(record, into: &writer)
          keep(writer.bytes.count)
        }
      }
    },
    Benchmark("RecordCodec.decode, 50 events", operations: 1_000) {
      let stored = World().fold().users.map { record -> (hot: [UInt8], past: [UInt8]) in
        var writer = ByteWriter()
        RecordCodec.encodeHot(record, into: &writer)
        guard case .append(let past) = RecordCodec.pastChange(of: record, stored: StoredExtent()) else {
          return (writer.bytes, [])
        }
        return (writer.bytes, past)
      }
      return {
        for user in stored {
          try user.hot.withUnsafeBytes { hot in
            try user.past.withUnsafeBytes { past in keep(try RecordCodec.decode(hot: hot, past: past).history.count) }
          }
        }
      }
    },
    Benchmark("AppliedCodec.append", operations: 50_000) {
      let world = World()
      let entries = world.fold(keepingEntries: true).entries
      let ids = world.events.map { Array(world.items[$0.item].text.utf8) }
      var writer = ByteWriter(reserving: 16 << 20)
      return {
        AppliedCodec.begin(&writer, AppliedRange(log: 1, start: 0, end: Int64(entries.count)))
        for (place, (entry, id)) in zip(entries, ids).enumerated() {
          id.withUnsafeBytes {
            AppliedCodec.append(entry, place: Int64(place), itemID: $0, form: .integer, to: &writer)
          }
        }
        keep(writer.bytes.count)
      }
    },
  ]
}
