import Identity
import State

/// The decoded events of one batch of a shard, in the log's order, until they are applied.
///
/// Ids lie in one arena: an event costs no allocation of its own. One thread.
struct PendingEvents {
  enum Kind: UInt8 {
    case interaction, impression, profile, erasure
  }

  struct Event {
    var kind: Kind
    /// Place of the user in the writer's cache.
    var slot: Int32
    var offset: Int64
    var brokerMs: Int64
    var interaction: Interaction
    var itemStart: Int32 = 0
    var itemCount: Int32 = 0
    var itemForm: IDForm = .string
    /// Place in `attributes`; -1 without.
    var attributes: Int32 = -1
    /// Place in `shown`; -1 without.
    var shown: Int32 = -1
  }

  private(set) var events: [Event] = []
  private var itemBytes: [UInt8] = []
  private var attributes: [[(name: String, value: AttributeValue?)]] = []
  private var shown: [[ShownPlace]] = []

  var isEmpty: Bool { events.isEmpty }

  mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    itemBytes.removeAll(keepingCapacity: true)
    attributes.removeAll(keepingCapacity: true)
    shown.removeAll(keepingCapacity: true)
  }

  func shown(in event: Event) -> [ShownPlace] { event.shown < 0 ? [] : shown[Int(event.shown)] }

  mutating func append(_ event: Event, item: UnsafeRawBufferPointer, form: IDForm) {
    var event = event
    event.itemStart = Int32(itemBytes.count)
    event.itemCount = Int32(item.count)
    event.itemForm = form
    itemBytes.append(contentsOf: item)
    events.append(event)
  }

  mutating func append(
    _ event: Event, attributes values: [(name: String, value: AttributeValue?)] = [], shown places: [ShownPlace] = []
  ) {
    var event = event
    if !places.isEmpty {
      event.shown = Int32(shown.count)
      shown.append(places)
    }
    if !values.isEmpty {
      event.attributes = Int32(attributes.count)
      attributes.append(values)
    }
    events.append(event)
  }

  func attributes(of event: Event) -> [(name: String, value: AttributeValue?)] {
    event.attributes < 0 ? [] : attributes[Int(event.attributes)]
  }

  func withItem<R>(of event: Event, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    itemBytes.withUnsafeBytes { bytes in
      let start = Int(event.itemStart)
      return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(event.itemCount)]))
    }
  }
}
