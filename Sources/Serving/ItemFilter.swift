import State

/// Conditions on an item that a request may set. An item that does not say (no year, no price) does not meet them.
struct ItemFilter: Hashable, Sendable {
  /// Any of these, whatever the case; lower case, sorted. Empty: every genre.
  var genres: [String] = []
  var minimumYear: Int?
  var maximumYear: Int?
  var maximumPrice: Double?
  /// Only items that are described and available; what is described as not available is never shown anyway.
  var mustBeAvailable = false

  var isEmpty: Bool { self == ItemFilter() }

  /// The test of one item, made for one catalogue. Items that are newer than it do not pass.
  /// - Complexity: O(genres of the catalogue) to make, O(genres of the item) a call.
  func test(_ catalogue: Catalogue) -> @Sendable (ItemIndex) -> Bool {
    let filter = self
    var wanted = [Bool](repeating: genres.isEmpty, count: catalogue.genreNames.count)
    for (code, name) in catalogue.genreNames.enumerated() where genres.contains(name.lowercased()) {
      wanted[code] = true
    }
    let codes = wanted
    return { index in
      guard let item = catalogue.item(at: index) else { return false }
      return filter.accepts(item) && (filter.genres.isEmpty || item.genreCodes.contains { codes[Int($0)] })
    }
  }

  private func accepts(_ item: CatalogueItem) -> Bool {
    if mustBeAvailable, !item.isDescribed || !item.isRecommendable { return false }
    if let maximumPrice {
      guard let price = item.metadata.price, price <= maximumPrice else { return false }
    }
    if minimumYear == nil && maximumYear == nil { return true }
    guard let year = item.metadata.year else { return false }
    return year >= minimumYear ?? .min && year <= maximumYear ?? .max
  }
}
