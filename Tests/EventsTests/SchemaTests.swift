import Events
import JSON
import TestSupport
import Testing

/// The schemas in `streams/` say what the decoders do.
@Suite struct SchemaTests {
  /// What no schema can see. (Lengths in bytes, `1.0` and `-0` as ids come on top; the samples have one of each.)
  private static let blind: Set<EventFault.Reason> = [
    .duplicateKey, .tooDeep, .tooManyKeys, .payloadTooLarge, .inconsistent, .timeBefore1970, .timeInFuture,
  ]

  @Test(arguments: ["interactions", "items"]) func validSamplesAreValidForBoth(topic: String) throws {
    let (schema, judge) = (try StreamsFolder.schema(topic), try StreamJudge(topic))
    let lines = try StreamsFolder.lines("samples/\(topic).valid.ndjson")
    #expect(lines.count >= 5)
    for line in lines {
      let text = String(decoding: line, as: UTF8.self)
      #expect(judge.fault(line) == nil, "\(text)")
      #expect(try schema.accepts(JSONValue.parse(line)), "\(text)")
    }
  }

  @Test(arguments: ["models", "drift-alerts"]) func otherSamplesFitTheirSchemas(topic: String) throws {
    let schema = try StreamsFolder.schema(topic)
    for line in try StreamsFolder.lines("samples/\(topic).valid.ndjson") {
      #expect(try schema.accepts(JSONValue.parse(line)))
    }
    #expect(try !schema.accepts(.object([:])))
  }

  @Test(arguments: ["interactions", "items"]) func invalidSamplesAreRefusedAsTheyShould(topic: String) throws {
    let (schema, judge) = (try StreamsFolder.schema(topic), try StreamJudge(topic))
    let lines = try StreamsFolder.lines("samples/\(topic).invalid.ndjson")
    let expected = try StreamsFolder.lines("samples/\(topic).invalid.expected.ndjson").map { try JSONValue.parse($0) }
    #expect(lines.count == expected.count)
    for (line, expected) in zip(lines, expected) {
      let text = String(decoding: line, as: UTF8.self)
      let fault = judge.fault(line)
      #expect(fault?.reason.rawValue == expected["reason"]?.stringValue, "\(text)")
      #expect(fault?.field == expected["field"]?.stringValue, "\(text)")
      // What is not JSON (duplicate keys aside, which the reader refuses too) has no verdict of a schema.
      guard let document = try? JSONValue.parse(line) else { continue }
      #expect(try schema.accepts(document) == (expected["schema_accepts"] != nil), "\(text)")
    }
  }

  @Test(arguments: ["interactions", "items"]) func validationFindsTheSameReasons(topic: String) throws {
    let validator = StreamValidator(rules: try standardRules(), nowMs: brokerMs)
    try validator.validate(file: StreamsFolder.path + "/samples/\(topic).valid.ndjson")
    #expect(validator.report.refused == 0 && validator.report.lines >= 5)
    try validator.validate(file: StreamsFolder.path + "/samples/\(topic).invalid.ndjson")
    let reasons = try StreamsFolder.lines("samples/\(topic).invalid.expected.ndjson").compactMap {
      try JSONValue.parse($0)["reason"]?.stringValue
    }
    let counts = Dictionary(reasons.map { ($0, 1) }, uniquingKeysWith: +)
    let found = validator.report.findings.map { ($0.reason.rawValue, $0.count) }
    #expect(Dictionary(uniqueKeysWithValues: found) == counts)
  }

  @Test(arguments: [("interactions", 1), ("interactions", 2), ("items", 3)] as [(String, UInt64)])
  func agreeOnMutatedDocuments(topic: String, seed: UInt64) throws {
    let (schema, judge) = (try StreamsFolder.schema(topic), try StreamJudge(topic))
    let samples = try StreamsFolder.lines("samples/\(topic).valid.ndjson").map { try JSONValue.parse($0) }
    var mutator = DocumentMutator(seed: seed, samples: samples)
    var (valid, refused) = (0, 0)
    for _ in 0..<4_000 {
      let document = mutator.next()
      let fault = judge.fault(document.bytes)
      if let fault, Self.blind.contains(fault.reason) { continue }
      if fault == nil { valid += 1 } else { refused += 1 }
      let text = String(decoding: document.bytes, as: UTF8.self)
      #expect(try schema.accepts(document) == (fault == nil), "seed \(seed): \(text) \(fault?.description ?? "")")
    }
    #expect(valid > 400 && refused > 400, "seed \(seed)")
  }

  @Test func everyReasonIsInTheDeadLettersSchema() throws {
    let schema = try StreamsFolder.json("dead-letters.schema.json")
    let reasons = schema["properties"]?["reason"]?["enum"]?.arrayValue?.compactMap(\.stringValue) ?? []
    #expect(Set(reasons) == Set(EventFault.Reason.allCases.map(\.rawValue)))
  }

  @Test func topicsNameTheirSchemas() throws {
    let topics = try StreamsFolder.json("topics.json")["topics"]?.arrayValue ?? []
    #expect(
      topics.compactMap { $0["name"]?.stringValue } == [
        "interactions", "items", "ranking-samples", "models", "drift-alerts", "dead-letters",
      ])
    for topic in topics {
      if let schema = topic["schema"]?.stringValue { _ = try StreamsFolder.json(schema) }
      #expect((topic["partitions"]?.integerValue ?? 0) > 0 && topic["retention_ms"]?.integerValue != nil)
      #expect(["compact", "delete"].contains(topic["cleanup_policy"]?.stringValue))
      #expect(topic["setting"] != nil && topic["key"] != nil && topic["description"] != nil)
    }
  }
}
