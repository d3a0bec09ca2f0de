import Glibc
import Identity
import Numerics

/// All that a training learns, and the catalogue that it learns about.
final class TowerNetwork {
  let items: TowerItems
  let layout: TowerLayout
  let genreKeys: [UInt64]
  let genreRows: KeyTable
  /// Items with an embedding of their own are the rows below `ownRows`.
  let ownRows: Int
  let core: LearnedTable
  let outputs: LearnedTable
  let inputs: LearnedTable

  /// - Parameter items: the most frequent first.
  init(_ items: TowerItems, settings: TowerSettings, from older: TowerModel?, random: inout TowerRandom) {
    self.items = items
    ownRows = min(items.count, settings.maximumItems)
    var keys = older?.genreKeys ?? []
    var rows = KeyTable(minimumCapacity: 256)
    for (row, key) in keys.enumerated() { rows.set(key, Int32(row)) }
    for key in items.genres where rows.find(key) == nil && keys.count < Self.maximumGenres {
      rows.set(key, Int32(keys.count))
      keys.append(key)
    }
    genreKeys = keys
    genreRows = rows
    layout = TowerLayout(dimension: settings.dimension, heads: settings.heads, genreCount: keys.count)
    core = LearnedTable(rows: layout.count, width: 1)
    outputs = LearnedTable(rows: ownRows, width: settings.dimension)
    inputs = LearnedTable(rows: ownRows, width: settings.dimension)
    start(&random)
    if let older, older.dimension == settings.dimension, older.layout.heads == settings.heads { goOn(from: older) }
  }

  /// Genres that are learned from; as many as the catalogue codes.
  static let maximumGenres = 4_096

  var dimension: Int { layout.dimension }

  private func start(_ random: inout TowerRandom) {
    let deviation = 1 / sqrtf(Float(dimension))
    for place in 0..<outputs.values.count { outputs.values.base[place] = 0.3 * deviation * random.normal() }
    for place in 0..<inputs.values.count { inputs.values.base[place] = deviation * random.normal() }
    let weights = core.values.base
    // Pools start as one sum each, at three speeds of forgetting, mixed by noise and the identity.
    for head in 0..<layout.heads {
      for row in 0..<dimension {
        for column in 0..<dimension {
          let place = layout.mix + (head * dimension + row) * dimension + column
          weights[place] = (row == column ? 0.5 : 0) + 0.3 * deviation * random.normal()
        }
      }
      for age in 0..<TowerBuckets.ages {
        let speed: Float = [0.1, 0.02, 0.5][head % 3]
        weights[layout.ages + head * TowerBuckets.ages + age] = -speed * Float(age)
      }
      for kind in 0..<TowerBuckets.kinds {
        weights[layout.kinds + head * TowerBuckets.kinds + kind] = [0.3, 0.6, 1][kind / 8]
      }
    }
    for place in layout.stages..<layout.profiles { weights[place] = 0.1 * deviation * random.normal() }
    // Profiles start at 0: an attribute that no training has met says nothing. The first format drew their rows; the
    // draws are still taken, so that a seed gives the towers that it always gave.
    for _ in 0..<TowerModel.firstProfiles * dimension { _ = random.normal() }
    for place in layout.yearsOut..<layout.scale { weights[place] = 0.1 * deviation * random.normal() }
    weights[layout.scale] = logf(Self.firstScale)
  }

  /// Factor between an inner product of unit vectors and a logit, at the start.
  static let firstScale: Float = 8

  private func goOn(from older: TowerModel) {
    let oldGenres = older.layout
    let weights = core.values.base
    older.core.withUnsafeBufferPointer { old in
      let base = old.baseAddress.unsafelyUnwrapped
      // Everything before the genres has the same place; the genres of the older model come first in ours.
      weights.update(from: base, count: layout.genresOut)
      let genres = oldGenres.genreCount * dimension
      (weights + layout.genresOut).update(from: base + oldGenres.genresOut, count: genres)
      (weights + layout.genresIn).update(from: base + oldGenres.genresIn, count: genres)
      weights[layout.scale] = base[oldGenres.scale]
    }
    let content = FloatBuffer(dimension)
    for row in 0..<ownRows {
      guard let known = older.row(of: ItemKey(rawValue: items.keys[row])) else { continue }
      let start = Int(known) * dimension
      content.clear(dimension)
      addContentOut(row, to: content.base)
      for place in 0..<dimension {
        outputs.value(row)[place] = older.vectors[start + place] * older.norms[Int(known)] - content.base[place]
      }
      content.clear(dimension)
      addContentIn(row, to: content.base)
      for place in 0..<dimension { inputs.value(row)[place] = older.inputs[start + place] - content.base[place] }
    }
  }

  func addContentOut(_ row: Int, to out: UnsafeMutablePointer<Float>) {
    TowerModel.addContent(
      items, row, genreRows: genreRows, genres: core.values.base + layout.genresOut,
      years: core.values.base + layout.yearsOut, dimension: dimension, to: out)
  }

  func addContentIn(_ row: Int, to out: UnsafeMutablePointer<Float>) {
    TowerModel.addContent(
      items, row, genreRows: genreRows, genres: core.values.base + layout.genresIn,
      years: core.values.base + layout.yearsIn, dimension: dimension, to: out)
  }

  /// Hands a gradient with respect to an item's content on to the content's tables.
  func backContent(_ row: Int, _ gradient: UnsafePointer<Float>, genres: Int, years: Int) {
    let year = TowerBuckets.year(items.years[row])
    let table = core.gradients.base
    Vectors.add(1 - year.share, gradient, to: table + years + year.row * dimension, dimension)
    if year.share > 0 { Vectors.add(year.share, gradient, to: table + years + (year.row + 1) * dimension, dimension) }
    let own = items.genres(of: row)
    guard !own.isEmpty else { return }
    let weight = 1 / sqrtf(Float(own.count))
    for genre in own {
      guard let code = genreRows.find(genre) else { continue }
      Vectors.add(weight, gradient, to: table + genres + Int(code) * dimension, dimension)
    }
  }

  /// The network as an immutable model; nil where a number is not finite.
  func model(version: UInt64, events: Int, settings: TowerSettings) -> TowerModel? {
    let out = FloatBuffer(items.count * dimension)
    let into = FloatBuffer(items.count * dimension)
    var norms = [Float](repeating: 0, count: items.count)
    for row in 0..<items.count {
      let vector = out.base + row * dimension
      let input = into.base + row * dimension
      addContentOut(row, to: vector)
      addContentIn(row, to: input)
      if row < ownRows {
        Vectors.add(1, outputs.value(row), to: vector, dimension)
        Vectors.add(1, inputs.value(row), to: input, dimension)
      }
      norms[row] = sqrtf(Vectors.dot(vector, vector, dimension))
      guard norms[row].isFinite, Vectors.dot(input, input, dimension).isFinite else { return nil }
      Vectors.normalise(vector, dimension)
    }
    let shared = core.values.copy()
    guard shared.allSatisfy(\.isFinite) else { return nil }
    return TowerModel(
      version: version, events: events, history: settings.history, keys: items.keys, vectors: out.copy(), norms: norms,
      inputs: into.copy(), genreKeys: genreKeys, core: shared, layout: layout, stepRate: settings.stepRate,
      stepKeep: settings.stepKeep)
  }
}
