/// Where each table of the towers' shared weights lies in one flat array of floats; items' own embeddings lie apart.
struct TowerLayout: Sendable, Equatable {
  let dimension: Int
  let heads: Int
  let genreCount: Int

  /// `heads` * dimension rows of `dimension`: from the pools, side by side, to the user's vector.
  let mix: Int
  /// Logits of each age and gap, and the factor of each kind, one row a head.
  let ages: Int
  let gaps: Int
  let kinds: Int
  /// Vectors that are added for the user's activity, session and attributes.
  let stages: Int
  let sessions: Int
  let profiles: Int
  /// Content, on the items' side and on the history's.
  let yearsOut: Int
  let yearsIn: Int
  let genresOut: Int
  let genresIn: Int
  /// ln of the factor between an inner product and a logit.
  let scale: Int
  let count: Int

  init(dimension: Int, heads: Int, genreCount: Int) {
    self.dimension = dimension
    self.heads = heads
    self.genreCount = genreCount
    mix = 0
    ages = mix + heads * dimension * dimension
    gaps = ages + heads * TowerBuckets.ages
    kinds = gaps + heads * TowerBuckets.gaps
    stages = kinds + heads * TowerBuckets.kinds
    sessions = stages + TowerBuckets.stages * dimension
    profiles = sessions + TowerBuckets.sessions * dimension
    yearsOut = profiles + TowerBuckets.profiles * dimension
    yearsIn = yearsOut + TowerBuckets.years * dimension
    genresOut = yearsIn + TowerBuckets.years * dimension
    genresIn = genresOut + genreCount * dimension
    scale = genresIn + genreCount * dimension
    count = scale + 1
  }

  /// Scalars of the pools: their gradients are sums over everything, and decay would only flatten them.
  var pooling: Range<Int> { ages..<stages }
}
