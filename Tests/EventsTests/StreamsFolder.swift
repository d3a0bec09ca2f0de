import Events
import Foundation
import JSON

/// The folder `streams/` of this checkout.
enum StreamsFolder {
  static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("streams").path

  static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path + "/" + name)))
  }

  static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(bytes(name)) }

  static func lines(_ name: String) throws -> [[UInt8]] { try bytes(name).split(separator: 10).map(Array.init) }

  static func schema(_ topic: String) throws -> SchemaChecker { SchemaChecker(try json(topic + ".schema.json")) }
}

/// Decodes either stream.
struct StreamJudge {
  let isItems: Bool
  private let events: EventDecoder
  private let items = ItemDecoder()

  init(_ topic: String) throws {
    isItems = topic == "items"
    events = EventDecoder(rules: try standardRules())
  }

  func fault(_ payload: [UInt8]) -> EventFault? {
    guard isItems else { return events.fault(payload) }
    return payload.withUnsafeBytes { bytes in
      do throws(EventFault) { _ = try items.decode(bytes) } catch { return error }
      return nil
    }
  }
}
