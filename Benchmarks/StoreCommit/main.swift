import Glibc
import Store

// Cost of the atomic step: batches of one shard through one connection, records of 100,000 users at random.
//
//     store-commit unix:///tmp/redis.sock [records a batch: 500] [bytes a record: 250] [batches: 400]
//
// A record in 32 also appends a sealed block of 420 bytes; each batch carries 150 bytes of applied entries a record.
// native.md section 4 has the same step in C.

let words = CommandLine.arguments
guard words.count >= 2 else {
  print("usage: store-commit REDIS_URL [records a batch] [bytes a record] [batches]")
  exit(64)
}
func number(_ place: Int, or standard: Int) -> Int {
  words.count > place ? Int(words[place]).map { max(1, $0) } ?? standard : standard
}
func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

let shard: Int32 = 5
let size = min(number(2, or: 500), 50_000)
let hot = [UInt8](repeating: 7, count: number(3, or: 250))
let count = number(4, or: 400)
let store = RedisStore(try RedisConfiguration(url: words[1]))
let ids = (0..<100_000).map { Array("user-\($0)".utf8) }

// Made beforehand, so that only the store is measured.
let batches = (0..<16).map { number in
  var batch = ShardBatch(shard: shard, expected: nil, next: ShardPosition(log: "", nextOffset: 0, sequence: 0))
  var chosen: Set<Int> = []
  while chosen.count < size { chosen.insert(Int.random(in: 0..<ids.count)) }
  batch.users = chosen.enumerated().map { place, user in
    let seals = (place + number) % 32 == 0
    return UserWrite(id: ids[user], hot: hot, past: seals ? .append([UInt8](repeating: 8, count: 420)) : .none)
  }
  batch.applied = [UInt8](repeating: 9, count: 150 * size)
  return batch
}

var position = try store.position(of: shard)
let start = seconds(CLOCK_MONOTONIC)
let used = seconds(CLOCK_PROCESS_CPUTIME_ID)
for number in 0..<count {
  var batch = batches[number % batches.count]
  batch.expected = position
  batch.next = ShardPosition(
    log: "benchmark", nextOffset: (position?.nextOffset ?? 0) + Int64(size), sequence: (position?.sequence ?? 0) + 1)
  guard try store.commit(batch) == .committed else {
    print("another process writes shard \(shard) of this server")
    exit(1)
  }
  position = batch.next
}
let records = Double(count * size)
let wall = seconds(CLOCK_MONOTONIC) - start
let cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - used
print(
  "\(Int(records / wall)) records/s, \(Int(wall / Double(count) * 1e6)) us a batch of \(size), "
    + "\(Int(cpu / records * 1e9)) ns of client CPU a record")
