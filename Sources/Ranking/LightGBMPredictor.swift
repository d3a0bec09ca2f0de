/// Scores rows with LightGBM itself: the reference for `Forest`, and its stand-in for models that it does not handle.
/// One thread.
public final class LightGBMPredictor {
  private let booster: LightGBMBooster

  public init(text: String) throws(RankingError) {
    try LightGBM.load()
    booster = try LightGBMBooster(text: text)
  }

  /// Raw scores of `rows` x `columns` floats, row-major.
  public func predict(_ matrix: [Float], rows: Int, columns: Int) throws(RankingError) -> [Double] {
    guard rows > 0 else { return [] }
    guard matrix.count >= rows * columns else {
      throw RankingError(.badGroups, "\(matrix.count) numbers are no \(rows) rows of \(columns) features")
    }
    var scores = [Double](repeating: 0, count: rows)
    try booster.predict(matrix, rows: rows, columns: columns, into: &scores)
    return scores
  }
}
