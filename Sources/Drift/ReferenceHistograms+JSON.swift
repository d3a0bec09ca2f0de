import JSON

extension ReferenceHistograms {
  public var json: JSONValue {
    .object([
      "schema_hash": .string(SchemaText.text(schemaHash)), "samples": .integer(Int64(samples)),
      "draws": .integer(Int64(draws)),
      "features": .array(
        features.map {
          .object([
            "name": .string($0.name), "edges": .array($0.edges.map { .number(Double($0)) }),
            "counts": .array($0.counts.map { .integer(Int64($0)) }),
          ])
        }),
    ])
  }

  /// Reads what `json` wrote.
  /// - Throws: `badDocument`, naming the member or the feature.
  public init(json: JSONValue) throws(DriftError) {
    guard let hash = json["schema_hash"]?.stringValue.flatMap(SchemaText.read) else {
      throw Self.bad("schema_hash must be 16 hexadecimal digits")
    }
    guard let samples = json["samples"]?.integerValue, (1...Int64(Self.maximumRows)).contains(samples) else {
      throw Self.bad("samples must be 1 to \(Self.maximumRows)")
    }
    guard let draws = json["draws"]?.integerValue, (1...samples).contains(draws) else {
      throw Self.bad("draws must be 1 to samples (\(samples))")
    }
    guard let list = json["features"]?.arrayValue else { throw Self.bad("features must be an array") }
    var features: [FeatureBins] = []
    for (place, entry) in list.enumerated() { features.append(try Self.feature(entry, place, samples)) }
    try Self.check(features.map(\.name), .badDocument)
    self.init(schemaHash: hash, features: features, samples: Int(samples), draws: Int(draws))
  }

  private static func bad(_ reason: String) -> DriftError {
    DriftError(.badDocument, "reference histograms: \(reason); train the ranker anew")
  }

  private static func feature(_ entry: JSONValue, _ place: Int, _ samples: Int64) throws(DriftError) -> FeatureBins {
    guard let name = entry["name"]?.stringValue else { throw bad("features[\(place)].name must be a string") }
    let edgeValues = (entry["edges"]?.arrayValue ?? []).map { $0.doubleValue.map { Float($0) } ?? .nan }
    guard edgeValues.count <= FeatureBins.maximumEdges, edgeValues.allSatisfy(\.isFinite),
      zip(edgeValues, edgeValues.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw bad("edges of \"\(name)\" must be at most \(FeatureBins.maximumEdges) ascending numbers") }
    let counts = (entry["counts"]?.arrayValue ?? []).map { $0.integerValue ?? -1 }
    guard counts.count == edgeValues.count + 2, counts.allSatisfy({ (0...samples).contains($0) }),
      counts.reduce(0, +) == samples
    else { throw bad("counts of \"\(name)\" must be \(edgeValues.count + 2) whose sum is samples (\(samples))") }
    return FeatureBins(name: name, edges: edgeValues, counts: counts.map { UInt64($0) })
  }
}

/// A schema hash as 16 hexadecimal digits: JSON integers end at 2^63.
enum SchemaText {
  static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func read(_ digits: String) -> UInt64? {
    guard let value = UInt64(digits, radix: 16), text(value) == digits else { return nil }
    return value
  }
}
