/// Changes to an index, gathered until they are worth a clone. The last word on a label counts.
public struct VectorChanges: Sendable {
  public let dimension: Int
  private var places: [Int64: Int] = [:]
  private var removed: Set<Int64> = []
  private(set) var labels: [Int64] = []
  private(set) var vectors: [Float] = []

  public init(dimension: Int) { self.dimension = dimension }

  public var isEmpty: Bool { labels.isEmpty && removed.isEmpty }
  public var count: Int { labels.count + removed.count }
  var removals: [Int64] { removed.sorted() }

  /// Adds the vector, or puts it in the place of the label's present one.
  /// - Precondition: `dimension` floats; `label` is not negative.
  public mutating func put(_ label: Int64, _ vector: some Collection<Float>) {
    precondition(vector.count == dimension, "\(vector.count) floats where the index has \(dimension) dimensions")
    precondition(label >= 0, "labels are not negative, got \(label)")
    removed.remove(label)
    if let place = places[label] {
      vectors.replaceSubrange(place * dimension..<(place + 1) * dimension, with: vector)
      return
    }
    places[label] = labels.count
    labels.append(label)
    vectors.append(contentsOf: vector)
  }

  public mutating func remove(_ label: Int64) {
    removed.insert(label)
    guard let place = places.removeValue(forKey: label) else { return }
    // The last one takes its place.
    let last = labels.count - 1
    if place < last {
      labels[place] = labels[last]
      places[labels[place]] = place
      for index in 0..<dimension { vectors[place * dimension + index] = vectors[last * dimension + index] }
    }
    labels.removeLast()
    vectors.removeLast(dimension)
  }

  public mutating func removeAll() { self = VectorChanges(dimension: dimension) }
}
