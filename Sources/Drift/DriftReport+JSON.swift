import JSON

extension DriftReport {
  /// The body of `GET /drift`.
  public var json: JSONValue {
    .object([
      "at_ms": .integer(atMs), "schema_hash": .string(SchemaText.text(schemaHash)),
      "samples": .integer(Int64(samples)), "reference_samples": .integer(Int64(referenceSamples)),
      "judged": .boolean(isJudged), "alerts_active": .integer(Int64(activeAlerts)),
      "thresholds": .object([
        "kl": .number(thresholds.kl), "psi": .number(thresholds.psi), "quality_drop": .number(thresholds.qualityDrop),
        "minimum_samples": .integer(Int64(thresholds.minimumSamples)),
        "hysteresis": .integer(Int64(thresholds.hysteresis)),
      ]),
      "quality": quality?.json ?? .null, "features": .array(features.map(\.json)),
    ])
  }
}

extension DriftReport.Feature {
  var json: JSONValue {
    .object([
      "feature": .string(name), "kl": .number(divergence.kl), "psi": .number(divergence.psi),
      "js": .number(divergence.js), "noise_floor": .number(noiseFloor), "state": .string(phase.rawValue),
      "edges": .array(edges.map { .number(Double($0)) }),
      "training": .array(training.map { .integer(Int64($0)) }), "served": .array(served.map { .integer(Int64($0)) }),
    ])
  }
}

extension DriftReport.Quality {
  var json: JSONValue {
    .object([
      "mean": .number(mean), "reference": .number(reference), "drop": .number(drop),
      "events": .integer(Int64(events)), "state": .string(phase.rawValue),
    ])
  }
}

/// A transition as it goes to the `drift-alerts` topic (under its name as key) and to the webhook.
public struct DriftAlert: Sendable {
  public let transition: DriftTransition
  public let schemaHash: UInt64
  /// Name of the ranker that was served, as in provenance; nil without one.
  public let ranker: String?

  public init(_ transition: DriftTransition, schemaHash: UInt64, ranker: String?) {
    self.transition = transition
    self.schemaHash = schemaHash
    self.ranker = ranker
  }

  public var json: JSONValue {
    .object([
      "subject": .string(transition.subject.rawValue), "feature": .string(transition.name),
      "state": .string(transition.change.rawValue), "at_ms": .integer(transition.atMs),
      "samples": .integer(Int64(transition.samples)), "measures": Self.numbers(transition.measures),
      "limits": Self.numbers(transition.limits), "schema_hash": .string(SchemaText.text(schemaHash)),
      "ranker": ranker.map { .string($0) } ?? .null,
    ])
  }

  private static func numbers(_ values: [String: Double]) -> JSONValue { .object(values.mapValues { .number($0) }) }
}
