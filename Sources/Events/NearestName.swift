/// Finds what was probably meant.
enum NearestName {
  /// The nearest candidate, unless more than a third of the letters differ.
  static func of(_ text: String, among candidates: [String]) -> String? {
    let limit = max(1, text.utf8.count / 3)
    let ranked = candidates.map { (distance: distance(text, $0), name: $0) }.min { $0.distance < $1.distance }
    return ranked.flatMap { $0.distance <= limit ? $0.name : nil }
  }

  /// Damerau-Levenshtein distance (optimal string alignment) in bytes; two swapped letters count one.
  /// - Complexity: O(a * b) of the lengths, which are cut at `EventLimits.nameBytes`.
  static func distance(_ a: String, _ b: String) -> Int {
    let x = Array(a.utf8.prefix(EventLimits.nameBytes))
    let y = Array(b.utf8.prefix(EventLimits.nameBytes))
    var rows = [Array(0...y.count)]
    for i in 0..<x.count {
      var row = [Int](repeating: i + 1, count: y.count + 1)
      for j in 0..<y.count {
        row[j + 1] = min(rows[i][j] + (x[i] == y[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0 && j > 0 && x[i] == y[j - 1] && x[i - 1] == y[j] {
          row[j + 1] = min(row[j + 1], rows[i - 1][j - 1] + 1)
        }
      }
      rows.append(row)
    }
    return rows[x.count][y.count]
  }
}
