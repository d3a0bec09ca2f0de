/// A request body cut into events, not yet decoded: positions in the body, in order.
public struct EventBatch: Sendable, Equatable {
  public enum Form: Sendable, Equatable {
    /// One object.
    case single
    /// A JSON array.
    case array
    /// NDJSON: one event a line, blank lines ignored.
    case lines
  }

  public let form: Form
  /// Bytes of each event in the body. An event's index is its place here.
  public let events: [Range<Int>]
  /// Why the body could not be cut beyond `events`; nil where all of it was. Its `index` is `events.count`.
  public let fault: IndexedFault?

  /// The fault of one event of a batch.
  public struct IndexedFault: Error, Sendable, Equatable {
    public let index: Int
    public let fault: EventFault

    public init(index: Int, fault: EventFault) {
      self.index = index
      self.fault = fault
    }
  }
}
