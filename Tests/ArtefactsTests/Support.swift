import Artefacts
import Foundation
import JSON
import TestSupport

/// A store in a folder of its own.
struct Shelf {
  let folder: TemporaryFolder
  let store: ArtefactStore

  init(keep: Int = 5) throws {
    folder = try TemporaryFolder()
    store = try ArtefactStore(directory: folder.path + "/artefacts", keep: keep)
  }

  /// Publishes two small files whose content depends on `seed`.
  @discardableResult func publish(_ seed: UInt8, kind: String = "ranker") throws -> ArtefactVersion {
    try store.publish(
      kind: kind,
      files: [("model.txt", (0..<200).map { seed &+ UInt8($0) }), ("bins.bin", [seed, seed, seed])],
      metadata: .object(["seed": .integer(Int64(seed)), "ndcg": .number(0.25)]), createdMs: 1_000 + Int64(seed))
  }

  func path(_ number: Int, _ file: String = "", kind: String = "ranker") -> String {
    let digits = String(number)
    return store.directory + "/\(kind)/" + String(repeating: "0", count: 12 - digits.count) + digits
      + (file.isEmpty ? "" : "/" + file)
  }

  func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
  func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  func names(_ kind: String = "ranker") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: store.directory + "/" + kind).sorted()
  }
}
