import Glibc
import Identity
import Numerics

extension TowerModel {
  /// Adds `weight` * the content part of item `item` of `items`.
  static func addContent(
    _ items: TowerItems, _ item: Int, genreRows: borrowing KeyTable, genres: UnsafePointer<Float>,
    years: UnsafePointer<Float>, dimension: Int, to out: UnsafeMutablePointer<Float>
  ) {
    let year = TowerBuckets.year(items.years[item])
    Vectors.add(1 - year.share, years + year.row * dimension, to: out, dimension)
    if year.share > 0 { Vectors.add(year.share, years + (year.row + 1) * dimension, to: out, dimension) }
    let own = items.genres(of: item)
    guard !own.isEmpty else { return }
    let weight = 1 / sqrtf(Float(own.count))
    for genre in own {
      guard let row = genreRows.find(genre) else { continue }
      Vectors.add(weight, genres + Int(row) * dimension, to: out, dimension)
    }
  }

  /// The model with rows for those of `items` that it does not know, made of their content alone; the same model where
  /// it knows them all.
  /// - Complexity: O(all items * dimension): new items are taken in batches, on the training's clock.
  public func extended(by items: TowerItems) -> TowerModel {
    let new = (0..<items.count).filter { row(of: ItemKey(rawValue: items.keys[$0])) == nil }
    guard !new.isEmpty else { return self }
    var genreRows = KeyTable(minimumCapacity: genreKeys.count)
    for (row, key) in genreKeys.enumerated() { genreRows.set(key, Int32(row)) }
    var added = [Float](repeating: 0, count: new.count * dimension)
    var addedInputs = added
    var addedNorms: [Float] = []
    core.withUnsafeBufferPointer { core in
      let core = core.baseAddress.unsafelyUnwrapped
      added.withUnsafeMutableBufferPointer { out in
        addedInputs.withUnsafeMutableBufferPointer { inputs in
          for (place, item) in new.enumerated() {
            let start = out.baseAddress.unsafelyUnwrapped + place * dimension
            Self.addContent(
              items, item, genreRows: genreRows, genres: core + layout.genresOut, years: core + layout.yearsOut,
              dimension: dimension, to: start)
            addedNorms.append(sqrtf(Vectors.dot(start, start, dimension)))
            Vectors.normalise(start, dimension)
            Self.addContent(
              items, item, genreRows: genreRows, genres: core + layout.genresIn, years: core + layout.yearsIn,
              dimension: dimension, to: inputs.baseAddress.unsafelyUnwrapped + place * dimension)
          }
        }
      }
    }
    return TowerModel(
      version: version, events: events, history: history, keys: keys + new.map { items.keys[$0] },
      vectors: vectors + added,
      norms: norms + addedNorms, inputs: inputs + addedInputs, genreKeys: genreKeys, core: core, layout: layout,
      stepRate: stepRate, stepKeep: stepKeep)
  }
}
