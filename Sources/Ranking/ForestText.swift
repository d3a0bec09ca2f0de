/// One tree as LightGBM writes it.
struct ParsedTree {
  var features: [Int] = []
  var thresholds: [Double] = []
  var left: [Int] = []
  var right: [Int] = []
  var leaves: [Double] = []
}

/// LightGBM's model text, read into trees. Total: whatever it does not understand ends in `badModel`.
enum ForestText {
  private static let categorical = 1
  private static let missingMask = 12
  private static let missingIsZero = 4

  static func parse(_ text: String, columns: Int) throws(RankingError) -> [ParsedTree] {
    var trees: [ParsedTree] = []
    var fields: [Substring: Substring] = [:]
    var isInTree = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      if line.hasPrefix("Tree=") || line.hasPrefix("end of trees") {
        if isInTree { trees.append(try tree(fields, number: trees.count, columns: columns)) }
        fields = [:]
        isInTree = line.hasPrefix("Tree=")
        continue
      }
      guard isInTree, let equals = line.firstIndex(of: "=") else { continue }
      fields[line[..<equals]] = line[line.index(after: equals)...]
    }
    guard !isInTree else { throw RankingError(.badModel, "the model text ends within tree \(trees.count)") }
    return trees
  }

  private static func tree(
    _ fields: [Substring: Substring], number: Int, columns: Int
  ) throws(RankingError) -> ParsedTree {
    func numbers<T>(_ name: Substring, count: Int, _ read: (Substring) -> T?) throws(RankingError) -> [T] {
      let values = (fields[name] ?? "").split(separator: " ").compactMap(read)
      guard values.count == count else {
        throw RankingError(.badModel, "tree \(number): \(name) has \(values.count) values where \(count) are due")
      }
      return values
    }
    guard let leaves = fields["num_leaves"].flatMap({ Int($0) }), leaves >= 1 else {
      throw RankingError(.badModel, "tree \(number): num_leaves is missing")
    }
    guard fields["num_cat"] == "0", fields["is_linear"] ?? "0" == "0" else {
      throw RankingError(.badModel, "tree \(number): categorical splits and linear trees are not supported")
    }
    var tree = ParsedTree()
    tree.leaves = try numbers("leaf_value", count: leaves) { Double($0) }
    guard leaves > 1 else { return tree }
    let nodes = leaves - 1
    tree.features = try numbers("split_feature", count: nodes) { Int($0) }
    tree.thresholds = try numbers("threshold", count: nodes) { Double($0) }
    tree.left = try numbers("left_child", count: nodes) { Int($0) }
    tree.right = try numbers("right_child", count: nodes) { Int($0) }
    let kinds = try numbers("decision_type", count: nodes) { Int($0) }
    guard kinds.allSatisfy({ $0 & categorical == 0 && $0 & missingMask != missingIsZero }) else {
      throw RankingError(.badModel, "tree \(number): a split treats zero as missing or is categorical")
    }
    guard tree.features.allSatisfy({ (0..<columns).contains($0) }) else {
      throw RankingError(.badModel, "tree \(number) splits on a feature beyond the \(columns) of the schema")
    }
    for node in 0..<nodes {
      // Parents come first, which is what lets one pass carry the rows down.
      for child in [tree.left[node], tree.right[node]] {
        guard child < 0 ? ~child < leaves : (child > node && child < nodes) else {
          throw RankingError(.badModel, "tree \(number): child \(child) of node \(node) does not exist")
        }
      }
    }
    return tree
  }
}
