import Artefacts
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct DamageTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func aChangedByteOrATornFileIsRefusedAndThePreviousVersionServes(seed: UInt64) throws {
    print("seed \(seed)")
    var random = SeededGenerator(seed)
    let shelf = try Shelf()
    try shelf.publish(1)
    try shelf.publish(2)
    for _ in 0..<60 {
      let name = ["model.txt", "bins.bin", "manifest.json"].randomElement(using: &random) ?? ""
      let path = shelf.path(2, name)
      let good = try shelf.read(path)
      var bad = good
      if Bool.random(using: &random) {
        bad[Int.random(in: 0..<bad.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      } else {
        bad.removeLast(Int.random(in: 1...bad.count, using: &random))
      }
      try shelf.write(bad, path)
      let failure = #expect(throws: ArtefactError.self) { try shelf.store.load("ranker", version: 2) }
      #expect(failure?.message.contains(path) == true && failure?.message.contains("remove its folder") == true)
      let newest = try shelf.store.loadNewest("ranker")
      #expect(newest.artefact?.version.number == 1)
      #expect(newest.skipped.count == 1)
      try shelf.write(good, path)
      #expect(try shelf.store.loadNewest("ranker").artefact?.version.number == 2)
    }
  }

  @Test func foreignFoldersAndManifestsAreNamedAndPassedOver() throws {
    let shelf = try Shelf()
    try shelf.publish(1)
    try FileManager.default.createDirectory(atPath: shelf.path(2), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: shelf.path(1), toPath: shelf.path(3))
    try FileManager.default.createDirectory(atPath: shelf.path(4), withIntermediateDirectories: true)
    try shelf.write(Array(#"{"program":"somebody else"}"#.utf8), shelf.path(4, "manifest.json"))
    try FileManager.default.createDirectory(atPath: shelf.path(5), withIntermediateDirectories: true)
    try shelf.write(Array(#"{"program":"freshet","format":2}"#.utf8), shelf.path(5, "manifest.json"))
    for (number, words) in [
      (2, "Freshet did not write it"), (3, "copied or renamed"), (4, "no manifest of Freshet"), (5, "format is 2"),
    ] {
      let failure = #expect(throws: ArtefactError.self) { try shelf.store.load("ranker", version: Int64(number)) }
      #expect(failure?.code == .foreign)
      #expect(failure?.message.contains(words) == true)
    }
    let newest = try shelf.store.loadNewest("ranker")
    #expect(newest.artefact?.version.number == 1 && newest.skipped.count == 4)
    #expect(try shelf.store.current("ranker")?.number == 1)
    #expect(try shelf.publish(6).number == 6)
    let missing = #expect(throws: ArtefactError.self) { try shelf.store.load("ranker", version: 99) }
    #expect(missing?.code == .notFound && missing?.message.contains("6, 5") == true)
  }

  @Test func rollbackWithdrawsForEveryProcessAndPublishingGoesOn() throws {
    let shelf = try Shelf()
    for seed in 1...4 as ClosedRange<UInt8> { try shelf.publish(seed) }
    // The version before the current one is damaged: rollback goes past it.
    try shelf.write([0], shelf.path(3, "model.txt"))
    #expect(try shelf.store.rollback("ranker").number == 2)
    let elsewhere = try ArtefactStore(directory: shelf.store.directory, keep: 5)
    #expect(try elsewhere.current("ranker")?.number == 2)
    #expect(try elsewhere.loadNewest("ranker").artefact?.version.number == 2)
    #expect(try elsewhere.versions(of: "ranker").first?.isWithdrawn == true)
    #expect(try elsewhere.load("ranker", version: 4).version.isWithdrawn)
    #expect(try shelf.store.rollback("ranker").number == 1)
    let failure = #expect(throws: ArtefactError.self) { try shelf.store.rollback("ranker") }
    #expect(failure?.code == .notFound)
    #expect(try shelf.store.current("ranker")?.number == 1)
    #expect(try shelf.publish(5).number == 5)
    #expect(try shelf.store.current("ranker")?.number == 5)
    #expect(throws: ArtefactError.self) { try shelf.store.rollback("towers") }
  }

  @Test func whatACrashedWriterLeftIsRemovedAtOpenAndALiveWriterIsLeftAlone() throws {
    let shelf = try Shelf()
    try shelf.publish(1)
    let kind = shelf.store.directory + "/ranker"
    for name in [".new-77-dead", ".old-9-77", ".new-78-live"] {
      try FileManager.default.createDirectory(atPath: kind + "/" + name, withIntermediateDirectories: true)
      try shelf.write([1, 2], kind + "/" + name + "/model.txt")
    }
    let live = open(kind + "/.new-78-live", O_RDONLY | O_DIRECTORY)
    defer { close(live) }
    #expect(flock(live, LOCK_EX | LOCK_NB) == 0)
    #expect(try shelf.store.versions(of: "ranker").count == 1)
    _ = try ArtefactStore(directory: shelf.store.directory, keep: 5)
    #expect(try shelf.names() == [".new-78-live", "000000000001"])
    flock(live, LOCK_UN)
    _ = try ArtefactStore(directory: shelf.store.directory, keep: 5)
    #expect(try shelf.names() == ["000000000001"])
  }

  @Test(.enabled(if: getuid() == 0, "mounting a small file system needs root"))
  func aFullDiskLeavesThePreviousVersionUntouched() throws {
    let folder = try TemporaryFolder()
    guard mount("none", folder.path, "tmpfs", 0, "size=256k") == 0 else {
      print("SKIPPED: aFullDiskLeavesThePreviousVersionUntouched: mount: \(String(cString: strerror(errno)))")
      return
    }
    defer { umount2(folder.path, Int32(MNT_DETACH)) }
    let store = try ArtefactStore(directory: folder.path + "/artefacts", keep: 5)
    let small = try store.publish(
      kind: "ranker", files: [("model.txt", [UInt8](repeating: 1, count: 100_000))], metadata: .null, createdMs: 1)
    let failure = #expect(throws: ArtefactError.self) {
      try store.publish(
        kind: "ranker", files: [("model.txt", [UInt8](repeating: 2, count: 400_000))], metadata: .null, createdMs: 2)
    }
    #expect(failure?.code == .full)
    #expect(failure?.message.contains("model.txt") == true && failure?.message.contains("artefacts.keep") == true)
    #expect(try store.current("ranker") == small)
    #expect(try store.loadNewest("ranker").skipped.isEmpty)
    // Nothing of the failed one takes room.
    let next = try store.publish(
      kind: "ranker", files: [("model.txt", [UInt8](repeating: 3, count: 100_000))], metadata: .null, createdMs: 3)
    #expect(next.number == 2)
  }
}

/// splitmix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
