import Identity

/// Valid UTF-8 that somebody else owns: the payload, or the decoder's scratch. Do not keep it: copy, or look it up.
public struct ByteView {
  public let bytes: UnsafeRawBufferPointer

  @inline(__always) public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  @inline(__always) init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  @inline(__always) static var empty: ByteView { ByteView(UnsafeRawBufferPointer(start: nil, count: 0)) }

  @inline(__always) public var count: Int { bytes.count }
  public var isEmpty: Bool { bytes.isEmpty }

  /// A copy. It allocates where the text is longer than 15 bytes.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// XXH3-64 of the bytes.
  public var hash64: UInt64 { Hash64.of(bytes) }
}

/// An id inside a payload: its text, and the form in which it came. Integers are written canonically by JSON's own
/// rules (no leading zero, no plus sign, and `-0` is refused), so that the text is the id.
public struct IDView {
  public let view: ByteView
  public let form: IDForm

  @inline(__always) public init(_ view: ByteView, form: IDForm) {
    self.view = view
    self.form = form
  }

  @inline(__always) static var empty: IDView { IDView(.empty, form: .string) }

  public var bytes: UnsafeRawBufferPointer { view.bytes }
  public var isEmpty: Bool { view.isEmpty }
  public var text: String { view.text }

  /// XXH3-64 of the text: equal to `EntityID.hash64` and to `ItemKey.rawValue`.
  public var hash64: UInt64 { view.hash64 }

  /// A copy that may be kept.
  public var entityID: EntityID { EntityID(text, form: form) }
}
