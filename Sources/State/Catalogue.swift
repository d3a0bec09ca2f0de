import Identity

/// Dense number of an item in this process: the order in which the process met it. Never stored, never sent.
public typealias ItemIndex = Int32

/// What the `items` topic says of an item.
public struct ItemMetadata: Sendable, Equatable {
  public var title: String?
  /// Genres or categories, as given.
  public var genres: [String] = []
  public var year: Int?
  public var tags: [String] = []
  public var price: Double?
  public var isAvailable = true

  public init(
    title: String? = nil, genres: [String] = [], year: Int? = nil, tags: [String] = [], price: Double? = nil,
    isAvailable: Bool = true
  ) {
    self.title = title
    self.genres = genres
    self.year = year
    self.tags = tags
    self.price = price
    self.isAvailable = isAvailable
  }
}

/// One item of the catalogue. Immutable: an update puts another one in its place.
public final class CatalogueItem: Sendable {
  public let id: EntityID
  public let metadata: ItemMetadata
  /// False after a tombstone, and for an item that only events have named so far: it has no description, but it may be
  /// recommended; `isRemoved` tells the two apart.
  public let isDescribed: Bool
  public let isRemoved: Bool
  /// Indices into `Catalogue.genreNames`.
  public let genreCodes: [UInt16]

  init(id: EntityID, metadata: ItemMetadata, isDescribed: Bool, isRemoved: Bool, genreCodes: [UInt16]) {
    self.id = id
    self.metadata = metadata
    self.isDescribed = isDescribed
    self.isRemoved = isRemoved
    self.genreCodes = genreCodes
  }

  /// Whether it may be shown at all.
  public var isRecommendable: Bool { !isRemoved && metadata.isAvailable }
}

/// The items that this process knows, by `ItemIndex`. A value with copy-on-write storage: its one writer goes on while
/// readers keep the copy that they were given.
public struct Catalogue: Sendable {
  /// Distinct genres. Beyond it a genre is shown but not learned from: the towers' and features' tables are sized by it.
  public static let maximumGenres = 4_096

  public private(set) var items: [CatalogueItem] = []
  public private(set) var genreNames: [String] = []
  private var genreCodes: [String: UInt16] = [:]
  /// Counts every change.
  public private(set) var revision: UInt64 = 0
  /// Items neither removed nor unavailable.
  public private(set) var recommendableCount = 0

  public init() {}

  public var count: Int { items.count }

  /// The item, or nil for an index that came into being after this copy.
  public func item(at index: ItemIndex) -> CatalogueItem? {
    index >= 0 && Int(index) < items.count ? items[Int(index)] : nil
  }

  /// Makes room for `index`, an item named by an event or a description.
  mutating func note(_ id: EntityID, at index: ItemIndex) {
    guard Int(index) == items.count else { return }
    put(
      CatalogueItem(id: id, metadata: ItemMetadata(), isDescribed: false, isRemoved: false, genreCodes: []), at: index)
  }

  mutating func describe(_ id: EntityID, _ metadata: ItemMetadata, at index: ItemIndex) {
    let codes = metadata.genres.compactMap { genreCode(of: $0) }
    put(
      CatalogueItem(id: id, metadata: metadata, isDescribed: true, isRemoved: false, genreCodes: codes), at: index)
  }

  mutating func remove(at index: ItemIndex) {
    guard let old = item(at: index) else { return }
    put(
      CatalogueItem(
        id: old.id, metadata: old.metadata, isDescribed: false, isRemoved: true, genreCodes: old.genreCodes), at: index)
  }

  private mutating func put(_ item: CatalogueItem, at index: ItemIndex) {
    if Int(index) < items.count {
      if items[Int(index)].isRecommendable { recommendableCount -= 1 }
      items[Int(index)] = item
    } else {
      precondition(Int(index) == items.count, "item indices are handed out one by one: \(index) after \(items.count)")
      items.append(item)
    }
    if item.isRecommendable { recommendableCount += 1 }
    revision += 1
  }

  private mutating func genreCode(of name: String) -> UInt16? {
    if let code = genreCodes[name] { return code }
    guard genreNames.count < Self.maximumGenres else { return nil }
    let code = UInt16(genreNames.count)
    genreNames.append(name)
    genreCodes[name] = code
    return code
  }
}
