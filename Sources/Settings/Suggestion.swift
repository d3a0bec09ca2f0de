/// Finds what was probably meant.
enum Suggestion {
  /// `; did you mean X?`, or nothing when no candidate is near: at most a third of the letters differ.
  static func forText(_ text: String, among candidates: [String]) -> String {
    let ranked = candidates.map { (distance: distance(text, $0), candidate: $0) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(1, text.utf8.count / 3) else {
      return ""
    }
    return "; did you mean \(best.candidate)?"
  }

  /// Damerau-Levenshtein distance (optimal string alignment) in bytes: one letter wrong, missing, too many, or two
  /// swapped count one each.
  /// - Complexity: O(a * b) of the two lengths, which are cut at 64.
  static func distance(_ a: String, _ b: String) -> Int {
    let x = Array(a.utf8.prefix(64))
    let y = Array(b.utf8.prefix(64))
    var beforeLast = [Int](repeating: 0, count: y.count + 1)
    var last = Array(0...y.count)
    var row = last
    for i in 0..<x.count {
      row[0] = i + 1
      for j in 0..<y.count {
        row[j + 1] = min(last[j] + (x[i] == y[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0 && j > 0 && x[i] == y[j - 1] && x[i - 1] == y[j] {
          row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1)
        }
      }
      (beforeLast, last, row) = (last, row, beforeLast)
    }
    return last[y.count]
  }
}
