/// Everything that brings a candidate in, by its bit in `CandidateTable.sourceBits`: the score columns that are sources,
/// then what has no column of its own, because the columns that there are already say what speaks for such an item.
public enum CandidateOrigin {
  /// New items that fit the user by their content.
  public static let cold = ScoreColumn.sourceCount
  /// A cold item that was put into the list to learn of it.
  public static let exploration = cold + 1
  public static let count = exploration + 1
  /// Names as features, settings, metrics and answers use them.
  public static let names = ScoreColumn.sources.map(\.name) + ["cold", "exploration"]
}
