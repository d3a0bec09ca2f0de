import Identity

/// Decodes the records of the topic `items`, as strictly as events. One thread.
///
/// An empty payload is a tombstone, which is not decoded: its key names the item that goes.
public final class ItemDecoder {
  private var reader = ItemReader()

  public init() {}

  /// - Parameters:
  ///   - payload: one JSON object.
  ///   - key: the record's key. It names the item where the payload has no id; where both do they must agree, since the
  ///     topic is compacted by key.
  /// - Complexity: O(bytes).
  public func decode(
    _ payload: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer? = nil
  ) throws(EventFault) -> DecodedItem {
    do throws(EventFault.Reason) {
      return try reader.read(payload, key: key)
    } catch {
      throw reader.fault(error, payload: payload)
    }
  }
}

extension EntityID {
  /// The id in a record's key: its text as it stands. A key that is an integer as JSON writes it counts as one.
  public static func ofKey(_ key: UnsafeRawBufferPointer) throws(EventFault) -> EntityID {
    func fault(_ reason: EventFault.Reason, _ message: String) -> EventFault {
      EventFault(reason: reason, field: "key", message: message, offset: 0)
    }
    guard !key.isEmpty else { throw fault(.missing, "the record has no key; send the id as the key") }
    guard key.count <= EventLimits.idBytes else {
      throw fault(.tooLong, "the key has \(key.count) bytes, an id has at most \(EventLimits.idBytes)")
    }
    guard let text = String(validating: key, as: UTF8.self) else {
      throw fault(.badUTF8, "the key is not UTF-8; send the id's text as the key")
    }
    return EntityID(text, form: Int64(text).map(String.init) == text ? .integer : .string)
  }
}
