extension FreshetSettings {
  static let retrievalRows: [Row] = [
    Row(
      "candidates.total", \.candidates.total, .integer(10...500), "candidates that are scored for a request",
      environment: "TOP_K_CANDIDATES"),
    Row(
      "candidates.budget", \.candidates.budget, .numbers(0...512),
      "most candidates of single sources, by name (freshet evaluate --stages lists them)"),
    Row(
      "candidates.exploration", \.candidates.exploration, .number(0...0.5),
      "share of the lists whose last place tries an item of few events"),
    Row(
      "index.lists", \.index.lists, .integer(1...65_536), "FAISS lists; fewer for small catalogues",
      environment: "FAISS_N_LISTS"),
    Row("index.probe", \.index.probe, .integer(1...65_536), "FAISS lists searched", environment: "FAISS_N_PROBE"),
    Row("index.recall", \.index.recall, .number(0...1), "recall at 100 below which the index is rebuilt"),
    Row(
      "index.rebuild-interval", \.index.rebuildInterval, .duration(.seconds(10) ... .days(30)),
      "the index is rebuilt after"),
    Row("index.rebuild-churn", \.index.rebuildChurn, .number(0...1), "share of changed vectors that rebuilds it"),
  ]

  static let modelRows: [Row] = [
    Row(
      "towers.dimensions", \.towers.dimensions, .integer(8...512), "length of a vector, a multiple of 8",
      environment: "EMBEDDING_DIM"),
    Row("towers.interval", \.towers.interval, .duration(.seconds(1) ... .days(7)), "the towers train every"),
    Row(
      "ranker.estimators", \.ranker.estimators, .integer(10...5_000), "trees at most; early stopping takes fewer",
      environment: "LGBM_N_ESTIMATORS"),
    Row("ranker.leaves", \.ranker.leaves, .integer(2...63), "leaves of a tree"),
    Row("ranker.learning-rate", \.ranker.learningRate, .number(0.001...1), "shrinkage of each tree"),
    Row("ranker.window-events", \.ranker.windowEvents, .integer(1_000...50_000_000), "newest events that train it"),
    Row("ranker.window-age", \.ranker.windowAge, .duration(.seconds(3_600) ... .days(3_650)), "their greatest age"),
    Row("ranker.interval", \.ranker.interval, .duration(.seconds(5) ... .days(30)), "the ranker trains every"),
    Row(
      "ranker.sample-share", \.ranker.sampleShare, .number(0...1),
      "share of positive events ranked before they are applied, in at most a tenth of the time"),
    Row(
      "ranker.rollback", \.ranker.rollback, .flag,
      "withdraw a ranker whose lists users like less than those of the one before"),
    Row(
      "ranker.kind", \.ranker.kind, .choice, "LambdaMART alone, or combined with a small network"),
    Row(
      "ranker.library", \.ranker.library, .optionalText("FILE"), "LightGBM's library; none: where make setup puts it",
      environment: "FRESHET_LIGHTGBM"),
    Row("artefacts.dir", \.artefacts.directory, .optionalText("DIR"), "models; none: inside the state directory"),
    Row("artefacts.keep", \.artefacts.keep, .integer(2...100), "versions of each model that are kept"),
  ]

  static let watchRows: [Row] = [
    Row(
      "cache.ttl", \.cache.lifetime, .duration(.zero ... .days(1)),
      "longest life of a cached answer; the user's next event ends it", environment: "CACHE_TTL_SECONDS"),
    Row("cache.entries", \.cache.entries, .integer(0...10_000_000), "cached answers at most"),
    Row("drift.kl", \.drift.kl, .number(0...100), "KL divergence in nats from which a feature has drifted"),
    Row("drift.psi", \.drift.psi, .number(0...100), "population stability index from which it has"),
    Row("drift.window", \.drift.window, .duration(.seconds(1) ... .days(7)), "time over which it is measured"),
    Row("drift.samples", \.drift.minimumSamples, .integer(10...10_000_000), "samples that a window needs"),
    Row("drift.hysteresis", \.drift.hysteresis, .integer(1...100), "windows in a row that raise or resolve an alert"),
  ]
}
