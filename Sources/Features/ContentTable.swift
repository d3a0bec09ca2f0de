import Glibc
import State

/// What the catalogue says of each item, in flat arrays that the request path reads without touching an object.
/// Immutable; made anew when the catalogue has changed.
public final class ContentTable: Sendable {
  /// The catalogue's revision from which this was made.
  public let revision: UInt64
  public let genreCount: Int
  /// Year of each item; the median of the known years where an item has none, so that a difference to it is no signal.
  public let years: [Float]
  /// 1 / sqrt(number of genres) of each item: a genre vector has length 1. 0 without a genre.
  public let genreWeights: [Float]
  /// Item i's genres are `genreCodes[genreStarts[i]..<genreStarts[i + 1]]`.
  public let genreStarts: [Int32]
  public let genreCodes: [UInt16]
  /// Whether an item may be shown.
  public let isRecommendable: [Bool]
  /// The year that stands for "unknown".
  public let medianYear: Float

  public init(_ catalogue: Catalogue) {
    revision = catalogue.revision
    genreCount = catalogue.genreNames.count
    let known = catalogue.items.compactMap(\.metadata.year).sorted()
    let median = known.isEmpty ? 0 : Float(known[known.count / 2] + known[(known.count - 1) / 2]) / 2
    medianYear = median
    years = catalogue.items.map { $0.metadata.year.map(Float.init) ?? median }
    isRecommendable = catalogue.items.map(\.isRecommendable)
    genreWeights = catalogue.items.map { $0.genreCodes.isEmpty ? 0 : 1 / sqrtf(Float($0.genreCodes.count)) }
    var starts: [Int32] = [0]
    starts.reserveCapacity(catalogue.count + 1)
    var codes: [UInt16] = []
    for item in catalogue.items {
      codes.append(contentsOf: item.genreCodes)
      starts.append(Int32(codes.count))
    }
    genreStarts = starts
    genreCodes = codes
  }

  public var count: Int { years.count }

  /// The item's year; the median for an item that is newer than this table.
  public func year(_ item: ItemIndex) -> Float { Int(item) < years.count ? years[Int(item)] : medianYear }

  /// The item's genres as a range of `genreCodes`; empty for an item that is newer than this table.
  public func genres(_ item: ItemIndex) -> Range<Int> {
    Int(item) < years.count ? Int(genreStarts[Int(item)])..<Int(genreStarts[Int(item) + 1]) : 0..<0
  }

  public func genreWeight(_ item: ItemIndex) -> Float { Int(item) < years.count ? genreWeights[Int(item)] : 0 }

  /// Whether the item may be shown; an item newer than this table may.
  public func mayShow(_ item: ItemIndex) -> Bool { Int(item) < years.count ? isRecommendable[Int(item)] : true }
}
