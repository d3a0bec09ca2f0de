import Foundation
import Store
import TestSupport
import Testing

@Suite struct RedisFaultTests {
  /// Tries for some seconds: the connection waits between attempts.
  private func eventually<T>(_ body: () throws -> T?) throws -> T? {
    for _ in 0..<400 {
      if let value = try? body() { return value }
      usleep(20_000)
    }
    return try body()
  }

  @Test func whatWasCommittedSurvivesKillAndTheStoreReconnects() throws {
    let folder = try TemporaryFolder()
    let server = try PrivateRedis(stateFolder: folder.path, sync: .always)
    try server.start()
    defer { server.stop() }
    let store = RedisStore(server.configuration)
    var position: ShardPosition?
    for number in 1...50 as ClosedRange<Int64> {
      var next = batch(from: position, to: number)
      next.users = [UserWrite(id: [1], hot: [UInt8(number)])]
      #expect(try store.commit(next) == .committed)
      position = next.next
    }
    kill(try #require(server.processID), SIGKILL)
    var next = batch(from: position, to: 51)
    next.users = [UserWrite(id: [1], hot: [51])]
    let failure = #expect(throws: StoreError.self) { try store.commit(next) }
    #expect(failure?.code == .unavailable)
    while try !server.restartIfDead() { usleep(10_000) }
    #expect(try eventually { try store.position(of: 3) } == position)
    #expect(try store.commit(next) == .committed)
    #expect(try store.read(shard: 3, id: [1])?.hot == [51])
  }

  @Test func aServerThatDoesNotAnswerIsATimeOut() throws {
    let folder = try TemporaryFolder()
    let server = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try server.start()
    defer { server.stop() }
    var configuration = server.configuration
    configuration.commandTimeoutMs = 150
    let store = RedisStore(configuration)
    #expect(try store.position(of: 0) == nil)
    let pid = try #require(server.processID)
    kill(pid, SIGSTOP)
    let failure = #expect(throws: StoreError.self) { try store.position(of: 0) }
    #expect(failure?.code == .unavailable)
    kill(pid, SIGCONT)
    #expect(try eventually { try store.get("x") ?? [] } == [])
  }

  /// A server whose owner was killed answers for a moment, then goes and takes the socket with it.
  @Test func aServerWithoutItsOwnerIsWaitedForAndNotAdopted() throws {
    let folder = try TemporaryFolder()
    let first = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try first.start()
    let old = try #require(first.processID)
    // What it has to store first makes its end slow; its owner is another process, as far as anybody can tell.
    try Data("1".utf8).write(to: URL(fileURLWithPath: folder.path + "/redis/owner.pid"))
    let ending = Thread {
      usleep(300_000)
      kill(old, SIGTERM)
    }
    ending.start()
    let second = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try second.start()
    defer { second.stop() }
    let new = try #require(second.processID)
    #expect(new != old)
    first.stop()
    usleep(300_000)
    #expect(second.isAnswering && FileManager.default.fileExists(atPath: second.socketPath))
  }

  @Test func aSecondStartAdoptsTheRunningServerAndAStaleSocketIsNoHindrance() throws {
    let folder = try TemporaryFolder()
    let first = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try first.start()
    defer { first.stop() }
    let second = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try second.start()
    #expect(second.processID == nil)
    try RedisStore(second.configuration).put([("a", [1])])
    kill(try #require(first.processID), SIGTERM)
    while first.isAnswering { usleep(10_000) }
    _ = FileManager.default.createFile(atPath: first.socketPath, contents: nil)
    #expect(try second.restartIfDead())
    #expect(try RedisStore(second.configuration).get("a") == [1])
  }

  @Test func aStateFolderWithALongPathWorks() throws {
    let folder = try TemporaryFolder()
    let long = folder.path + "/" + String(repeating: "a-long-name-", count: 10)
    try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: true)
    let server = try PrivateRedis(stateFolder: long, sync: .everysec)
    try server.start()
    defer { server.stop() }
    #expect(server.isAnswering)
  }

  @Test func anotherApplicationsDataIsAnError() throws {
    let folder = try TemporaryFolder()
    let server = try PrivateRedis(stateFolder: folder.path, sync: .everysec)
    try server.start()
    defer { server.stop() }
    var configuration = server.configuration
    configuration.keyPrefix = "named:"
    try RedisStore(server.configuration).put([("x", [1])])
    configuration.keyPrefix = "freshet:named:"
    try RedisStore(server.configuration).put([("{s1}:offset", Array("hello".utf8))])
    let failure = #expect(throws: StoreError.self) { try RedisStore(configuration).position(of: 1) }
    #expect(failure?.code == .unexpected)
  }

  @Test(arguments: [
    ("redis://localhost", "redis://localhost:6379"), ("redis://:secret@h:77/3", "redis://:***@h:77/3"),
    ("unix:///tmp/x.sock", "unix:///tmp/x.sock"), ("redis://[::1]:7", "redis://[::1]:7"),
    ("redis://me:a%40b@h", "redis://me:***@h:6379"),
    ("redis://me:s@h1:1,redis://h2:2,h3", "redis://me:***@h1:1,redis://me:***@h2:2,redis://me:***@h3:6379"),
  ]) func addressesAreReadAndSecretsAreNotShown(url: String, shown: String) throws {
    #expect(try RedisConfiguration(url: url).description == shown)
  }

  @Test(arguments: [
    "rediss://h", "http://h", "redis://", "redis://h:0", "redis://h/x", "unix://relative", "",
    "redis://h1,http://h2", "redis://h1,", "redis://h1/1,h2/1", "redis://:a@h1,redis://:b@h2", "redis://user@h",
    "redis://:%4@h", "redis://:%zz@h", "redis://h/-1",
  ])
  func addressesThatCannotWorkAreRefusedWithTheRemedy(url: String) {
    let failure = #expect(throws: StoreError.self) { try RedisConfiguration(url: url) }
    #expect(failure?.message.contains("REDIS_URL") == true)
  }
}
