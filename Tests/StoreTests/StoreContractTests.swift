import Store
import TestSupport
import Testing

@Suite struct StoreContractTests {
  @Test(arguments: Backend.allCases) func aBatchIsStoredWithItsPosition(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    #expect(try store.position(of: 3) == nil)
    var first = batch(from: nil, to: 10)
    let odd: [UInt8] = [0, 13, 10, 0xFF, 0x7B, 0x20]
    first.users = [
      UserWrite(id: odd, hot: [1, 0, 2], past: .append([7]), view: [9]),
      UserWrite(id: Array("42".utf8), hot: []),
    ]
    first.applied = [5, 0, 5]
    #expect(try store.commit(first) == .committed)
    var second = batch(from: first.next, to: 12)
    second.users = [UserWrite(id: odd, hot: [3], past: .append([8]))]
    #expect(try store.commit(second) == .committed)
    #expect(try store.position(of: 3) == second.next)
    #expect(try store.position(of: 4) == nil)
    let read = try store.read(shard: 3, ids: [odd, Array("nobody".utf8), Array("42".utf8)])
    #expect(read == [StoredUser(hot: [3], past: [7, 8], view: [9]), nil, StoredUser(hot: [])])
    #expect(try store.read(shard: 4, id: odd) == nil)
    let loaded = try store.load(shard: 3, ids: [[1], odd])
    #expect(loaded.position == second.next && loaded.users == [nil, read[0]])
    let nothing = try store.load(shard: 4, ids: [])
    #expect(nothing.position == nil && nothing.users.isEmpty)
  }

  @Test(arguments: Backend.allCases) func aBatchFromElsewhereIsFenced(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let owner = try bench.make()
    let zombie = try bench.make()
    let first = batch(from: nil, to: 10)
    #expect(try owner.commit(first) == .committed)
    #expect(try zombie.commit(batch(from: first.next, to: 11)) == .committed)
    var late = batch(from: first.next, to: 15)
    late.users = [UserWrite(id: [1], hot: [66])]
    late.applied = [66]
    let standing = ShardPosition(log: "log a", nextOffset: 11, sequence: 2)
    #expect(try owner.commit(late) == .fenced(standing), "its watch is from before the other's batch")
    #expect(try owner.read(shard: 3, id: [1]) == nil, "nothing of a fenced batch is written")
    #expect(try owner.applied(shard: 3, after: 2, limit: 9).batches.isEmpty)
    var next = batch(from: standing, to: 12)
    next.users = [UserWrite(id: [1], hot: [77])]
    #expect(try owner.commit(next) == .committed)
    #expect(try owner.read(shard: 3, id: [1])?.hot == [77])
  }

  @Test(arguments: Backend.allCases) func committingTheSameBatchAgainChangesNothing(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    var first = batch(from: nil, to: 10)
    first.users = [UserWrite(id: [1], hot: [1], past: .append([5]))]
    #expect(try store.commit(first) == .committed)
    #expect(try bench.make().commit(first) == .committed)
    #expect(try store.read(shard: 3, id: [1])?.past == [5])
  }

  @Test(arguments: Backend.allCases) func shardsOfOneOwnerDoNotDisturbEachOther(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    let other = try bench.make()
    var positions: [Int32: ShardPosition] = [:]
    for round in 1...20 as ClosedRange<Int64> {
      for shard in 0..<4 as Range<Int32> {
        let writer = (Int(round) + Int(shard)) % 3 == 0 ? other : store
        let next = batch(from: positions[shard], to: round, shard: shard)
        #expect(try writer.commit(next) == .committed, "round \(round) shard \(shard)")
        positions[shard] = next.next
      }
    }
  }

  @Test(arguments: Backend.allCases) func anOwnerThatComesBackIsNotRefusedForWhatItLastSaw(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    let first = batch(from: nil, to: 1)
    #expect(try store.commit(first) == .committed)
    let second = batch(from: first.next, to: 2)
    #expect(try bench.make().commit(second) == .committed)
    #expect(try store.position(of: 3) == second.next)
    #expect(try store.commit(batch(from: second.next, to: 3)) == .committed)
  }

  @Test(arguments: Backend.allCases) func appliedBatchesComeOnceInOrderAndTrimmingIsNoticed(backend: Backend) throws {
    let bench = try Bench(backend, appliedLimit: 50)
    defer { bench.close() }
    let store = try bench.make()
    var position: ShardPosition?
    for number in 1...400 as ClosedRange<Int64> {
      var next = batch(from: position, to: number)
      next.applied = [UInt8(truncatingIfNeeded: number)]
      _ = try store.commit(next)
      position = next.next
    }
    let slice = try store.applied(shard: 3, after: 390, limit: 4)
    #expect(slice.batches.map(\.sequence) == [391, 392, 393, 394])
    #expect(slice.batches.map(\.bytes) == [[135], [136], [137], [138]])
    #expect(try store.applied(shard: 3, after: 400, limit: 4).batches.isEmpty)
    let trimmed = try store.applied(shard: 3, after: 5, limit: 4)
    #expect(trimmed.batches.isEmpty && (trimmed.trimmedTo ?? 0) > 6)
  }

  @Test(arguments: Backend.allCases) func anErasedUserLeavesOnlyAMark(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    var first = batch(from: nil, to: 1)
    first.users = [UserWrite(id: [9], hot: [1], past: .append([2]), view: [3]), UserWrite(id: [8], hot: [1])]
    _ = try store.commit(first)
    var second = batch(from: first.next, to: 2)
    second.erasures = [ShardBatch.Erasure(id: [9], mark: .max, offset: 1)]
    #expect(try store.commit(second) == .committed)
    #expect(try store.read(shard: 3, id: [9]) == nil)
    #expect(try store.erasure(shard: 3, mark: .max) == 1)
    #expect(try store.erasure(shard: 3, mark: 5) == nil)
    var left: [[UInt8]] = []
    try store.forEachUser(shard: 3) { id, _ in left.append(id) }
    #expect(left == [[8]])
    #expect(try store.erasures(shard: 3, marks: [5, .max, 6]) == [nil, 1, nil])
  }

  @Test(arguments: Backend.allCases) func anErasedUserMayComeBackInTheSameBatch(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    var first = batch(from: nil, to: 1)
    first.users = [UserWrite(id: [9], hot: [1], past: .append([2]), view: [3])]
    _ = try store.commit(first)
    var second = batch(from: first.next, to: 2)
    second.erasures = [ShardBatch.Erasure(id: [9], mark: 4, offset: 1)]
    second.users = [UserWrite(id: [9], hot: [5], past: .append([6]))]
    _ = try store.commit(second)
    #expect(try store.read(shard: 3, id: [9]) == StoredUser(hot: [5], past: [6]))
  }

  @Test(arguments: Backend.allCases) func batchesOfAnySizeAreStored(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    var position: ShardPosition?
    for (number, size) in [0, 1, 2, 2_000].enumerated() {
      var next = batch(from: position, to: Int64(number))
      next.users = (0..<size).map { UserWrite(id: Array("u\($0)".utf8), hot: Array("\(number).\($0)".utf8)) }
      #expect(try store.commit(next) == .committed)
      position = next.next
    }
    var count = 0
    try store.forEachUser(shard: 3) { id, user in
      count += 1
      #expect(user.hot == Array("3.".utf8) + id.dropFirst())
    }
    #expect(count == 2_000)
  }

  @Test(arguments: Backend.allCases) func namedValuesAreKept(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    let store = try bench.make()
    try store.put([("item:1", [0, 1]), ("item:2", [])])
    #expect(try store.get("item:1") == [0, 1])
    #expect(try store.get("item:2") == [])
    #expect(try store.get("item:3") == nil)
    let many = (0..<500).map { (name: "many:\($0)", bytes: [UInt8(truncatingIfNeeded: $0)]) }
    try store.put(many)
    #expect(try many.allSatisfy { try bench.make().get($0.name) == $0.bytes })
  }

  @Test(arguments: Backend.allCases) func ofSeveralWhoPutWhereNothingIsTheFirstWins(backend: Backend) throws {
    let bench = try Bench(backend)
    defer { bench.close() }
    for name in ["a", "b", "c", "d"] {
      #expect(try bench.make().putIfAbsent(name, [1]) == [1])
      #expect(try bench.make().putIfAbsent(name, [2]) == [1])
      #expect(try bench.make().get(name) == [1])
    }
  }
}
