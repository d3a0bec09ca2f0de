import Artefacts
import Glibc
import JSON
import Lifecycle
import Telemetry
import TestSupport
import Testing

@testable import Training

/// The decision's effect on the artefacts that all processes share.
@Suite struct RankerWatchTests {
  private func publish(_ count: Int, _ artefacts: ArtefactStore) throws {
    for number in 1...count {
      _ = try artefacts.publish(
        kind: "ranker", files: [(name: "model.txt", bytes: Array("model \(number)".utf8))], metadata: .object([:]),
        createdMs: Int64(number))
    }
  }

  /// Both processes see users turn away from version 2.
  private func disappoint(_ meter: LiveQualityMeter) {
    for (version, rank) in [(Int64(1), 0), (2, 9)] {
      for number in 0..<600 {
        meter.add(
          rank: number.isMultiple(of: 2) ? rank : nil, popularityRank: number.isMultiple(of: 5) ? 1 : nil, list: [1],
          ranker: version)
      }
    }
  }

  private func watch(_ artefacts: ArtefactStore, published: Int) throws -> (withdrawn: [Int64], counted: UInt64) {
    try publish(published, artefacts)
    let metrics = FreshetMetrics(labels: .init(features: [], sources: []))
    let watches = (0..<2).map { _ in
      let meter = LiveQualityMeter()
      disappoint(meter)
      #expect(meter.lastWithdrawal?.version == 2)
      return RankerWatch(kind: "ranker", quality: meter, artefacts: artefacts, metrics: metrics)
    }
    let threads = try watches.map { watch in try ServiceThread("watch") { try? watch.run() } }
    let isDone = { try artefacts.versions(of: "ranker").contains { $0.isWithdrawn } }
    _ = try Waiting.until(seconds: published == 2 ? 10 : 2.5, everyMs: 20) { try isDone() }
    usleep(1_200_000)
    watches.forEach { $0.stop(by: Deadline(after: .seconds(1))) }
    threads.forEach { $0.join() }
    return (
      try artefacts.versions(of: "ranker").filter(\.isWithdrawn).map(\.number), metrics.rankerWithdrawals.value
    )
  }

  @Test func oneVersionGoesThoughTwoProcessesSaySo() throws {
    let folder = try TemporaryFolder()
    let artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    let result = try watch(artefacts, published: 2)
    #expect(result.withdrawn == [2] && result.counted == 1)
    #expect(try artefacts.current("ranker")?.name == "ranker-1")
  }

  /// The decision stands while a newer version is served: where that one goes, by hand, the condemned one does not come
  /// back.
  @Test func aCondemnedVersionDoesNotComeBack() throws {
    let folder = try TemporaryFolder()
    let artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    try publish(3, artefacts)
    let meter = LiveQualityMeter()
    disappoint(meter)
    let metrics = FreshetMetrics(labels: .init(features: [], sources: []))
    let watch = RankerWatch(kind: "ranker", quality: meter, artefacts: artefacts, metrics: metrics)
    watch.look()
    #expect(try artefacts.current("ranker")?.number == 3)
    #expect(try artefacts.rollback("ranker").number == 2)
    watch.look()
    #expect(try artefacts.current("ranker")?.number == 1 && metrics.rankerWithdrawals.value == 1)
  }

  @Test func aNewerVersionIsNotPunishedForTheOneBefore() throws {
    let folder = try TemporaryFolder()
    let artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    let result = try watch(artefacts, published: 3)
    #expect(result.withdrawn.isEmpty && result.counted == 0)
    #expect(try artefacts.current("ranker")?.name == "ranker-3")
  }

  /// The guard says it once; a disk that is away for a moment must not keep the version in service.
  @Test func aWithdrawalThatFailedIsTriedAgain() throws {
    let folder = try TemporaryFolder()
    let artefacts = try ArtefactStore(directory: folder.path, keep: 5)
    try publish(2, artefacts)
    let path = folder.path + "/ranker"
    #expect(rename(path, folder.path + "/away") == 0)
    // No folder at all would be a kind without versions.
    let file = open(path, O_WRONLY | O_CREAT, 0o644)
    #expect(file >= 0)
    close(file)
    let meter = LiveQualityMeter()
    disappoint(meter)
    let metrics = FreshetMetrics()
    let watch = RankerWatch(kind: "ranker", quality: meter, artefacts: artefacts, metrics: metrics)
    let thread = try ServiceThread("watch") { try? watch.run() }
    // Time for a look or two.
    usleep(2_200_000)
    #expect(meter.takeWithdrawals().isEmpty, "the watch has it")
    #expect(unlink(path) == 0 && rename(folder.path + "/away", path) == 0)
    #expect(try Waiting.until(everyMs: 20) { try artefacts.current("ranker")?.name == "ranker-1" })
    watch.stop(by: Deadline(after: .seconds(1)))
    thread.join()
    #expect(metrics.rankerWithdrawals.value == 1)
  }
}
