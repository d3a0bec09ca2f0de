import Artefacts
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct PublishTests {
  @Test func whatIsPublishedComesBackAndNumbersRiseByKind() throws {
    let shelf = try Shelf()
    #expect(try shelf.store.versions(of: "ranker").isEmpty)
    #expect(try shelf.store.current("ranker") == nil)
    let first = try shelf.publish(1)
    let second = try shelf.publish(2)
    let other = try shelf.publish(3, kind: "towers")
    #expect([first.number, second.number, other.number] == [1, 2, 1])
    #expect(second.name == "ranker-2" && second.size == 203)
    #expect(try shelf.store.versions(of: "ranker") == [second, first])
    #expect(try shelf.store.current("ranker") == second)
    let artefact = try shelf.store.load("ranker", version: 1)
    #expect(artefact.version == first)
    #expect(try artefact.file("bins.bin") == [1, 1, 1])
    #expect(artefact.version.metadata["ndcg"] == .number(0.25))
    let failure = #expect(throws: ArtefactError.self) { try artefact.file("trees") }
    #expect(failure?.message.contains("bins.bin, model.txt") == true)
  }

  @Test func emptyAndLargeFilesComeBack() throws {
    let shelf = try Shelf()
    let large = [UInt8](repeating: 7, count: 9 << 20)
    _ = try shelf.store.publish(
      kind: "items", files: [("empty", []), ("large", large)], metadata: .null, createdMs: 0)
    let artefact = try #require(try shelf.store.loadNewest("items").artefact)
    #expect(try artefact.file("empty").isEmpty)
    #expect(try artefact.file("large") == large)
  }

  @Test func versionsBeyondKeepGoAfterThePublicationThatMadeThemOld() throws {
    let shelf = try Shelf(keep: 2)
    for seed in 1...4 as ClosedRange<UInt8> { try shelf.publish(seed) }
    #expect(try shelf.store.versions(of: "ranker").map(\.number) == [4, 3])
    #expect(try shelf.names() == ["000000000003", "000000000004"])
    // A withdrawn version counts, and its number is not given again.
    #expect(try shelf.store.rollback("ranker").number == 3)
    #expect(try shelf.publish(5).number == 5)
    // The one that served stays: it is all that a rollback could go to.
    #expect(try shelf.names() == ["000000000003", "000000000004", "000000000005"])
    #expect(try shelf.publish(6).number == 6)
    #expect(try shelf.names() == ["000000000005", "000000000006"])
    #expect(throws: ArtefactError.self) { try shelf.store.load("ranker", version: 3) }
  }

  /// As by automatic rollbacks in a row.
  @Test(arguments: [1, 2, 3])
  func withdrawalsInARowDoNotUseUpTheVersionToGoBackTo(keep: Int) throws {
    let shelf = try Shelf(keep: keep)
    try shelf.publish(1)
    for seed in 2...9 as ClosedRange<UInt8> {
      let bad = try shelf.publish(seed)
      guard keep > 1 else {
        #expect(try shelf.names().count == 1, "there is room for one only")
        continue
      }
      #expect(try shelf.store.withdraw(bad.name, of: "ranker")?.number == 1)
      #expect(try shelf.store.loadNewest("ranker").artefact?.version.number == 1)
      #expect(try shelf.names().count <= keep + 1)
    }
  }

  @Test func aVersionThatIsReadWhileItIsRemovedIsReadWholeOrNotAtAll() async throws {
    let shelf = try Shelf(keep: 1)
    let store = shelf.store
    try shelf.publish(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for number in 1...40 {
          _ = try store.publish(
            kind: "ranker", files: [("a", [UInt8](repeating: UInt8(number), count: 200_000)), ("b", [UInt8(number)])],
            metadata: .null, createdMs: 0)
        }
      }
      group.addTask {
        for _ in 0..<60 {
          let artefact = try #require(try store.loadNewest("ranker").artefact)
          if artefact.version.number > 1 { #expect(try artefact.file("a").last == artefact.file("b").first) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try shelf.names().count == 1)
  }

  @Test func namesOutOfBoundsAreRefusedWithTheRule() throws {
    let shelf = try Shelf()
    for name in ["", ".hidden", "a/b", "manifest.json", "withdrawn", "ü", String(repeating: "x", count: 65)] {
      let failure = #expect(throws: ArtefactError.self) {
        try shelf.store.publish(kind: "ranker", files: [(name, [1])], metadata: .null, createdMs: 0)
      }
      #expect(failure?.code == .invalid)
      #expect(throws: ArtefactError.self) {
        try shelf.store.publish(kind: name, files: [("a", [1])], metadata: .null, createdMs: 0)
      }
    }
    #expect(throws: ArtefactError.self) {
      try shelf.store.publish(kind: "ranker", files: [("a", [1]), ("a", [2])], metadata: .null, createdMs: 0)
    }
    #expect(throws: ArtefactError.self) {
      try shelf.store.publish(kind: "ranker", files: [], metadata: .null, createdMs: 0)
    }
    #expect(throws: ArtefactError.self) { try ArtefactStore(directory: shelf.store.directory, keep: 0) }
    #expect(try shelf.store.versions(of: "ranker").isEmpty)
  }

  @Test func publishersThatRaceGetDistinctNumbersAndReadersSeeOnlyWholeVersions() async throws {
    let shelf = try Shelf(keep: 100)
    let store = shelf.store
    try shelf.publish(0)
    let numbers = try await withThrowingTaskGroup(of: [Int64].self) { group in
      for writer in 1...4 as ClosedRange<UInt8> {
        group.addTask {
          try (0..<10).map { _ in
            try store.publish(
              kind: "ranker", files: [("model.txt", [UInt8](repeating: writer, count: 50_000))], metadata: .null,
              createdMs: 0
            ).number
          }
        }
      }
      group.addTask {
        for _ in 0..<40 {
          let newest = try store.loadNewest("ranker")
          #expect(newest.artefact != nil && newest.skipped.isEmpty)
        }
        return []
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(numbers.sorted() == Array(2...41))
    #expect(try shelf.names().count == 41)
  }

  @Test func theDirectoryThatCannotBeMadeIsNamed() throws {
    let shelf = try Shelf()
    let file = shelf.folder.path + "/file"
    try shelf.write([1], file)
    let failure = #expect(throws: ArtefactError.self) { try ArtefactStore(directory: file + "/sub", keep: 1) }
    #expect(failure?.message.contains(file) == true)
  }

  @Test func announcementsReadBackAndNameTheVersion() throws {
    let shelf = try Shelf()
    let version = try shelf.publish(9)
    let announcement = ArtefactAnnouncement(version, metadata: ["ndcg", "none"])
    #expect(announcement.metadata == .object(["ndcg": .number(0.25)]))
    let back = try ArtefactAnnouncement(json: JSONValue.parse(announcement.json.bytes))
    #expect(back == announcement)
    #expect(try shelf.store.load(back).version == version)
    let elsewhere = try Shelf()
    try elsewhere.publish(8)
    let failure = #expect(throws: ArtefactError.self) { try elsewhere.store.load(back) }
    #expect(failure?.message.contains("artefacts.directory") == true)
  }

  @Test(arguments: ["kind", "version", "checksum", "created_ms", "metadata"])
  func aBadAnnouncementNamesItsField(field: String) throws {
    let shelf = try Shelf()
    var members = try #require(ArtefactAnnouncement(try shelf.publish(1)).json.objectValue)
    members[field] = .boolean(true)
    let failure = #expect(throws: ArtefactError.self) { try ArtefactAnnouncement(json: .object(members)) }
    #expect(failure?.message.contains(field) == true)
  }
}
