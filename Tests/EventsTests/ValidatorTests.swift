import Events
import Foundation
import TestSupport
import Testing

@Suite struct ValidatorTests {
  private func write(_ text: String, _ name: String, _ folder: TemporaryFolder) throws -> String {
    let path = folder.path + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func countsReasonsAndRemembersTheFirst() throws {
    let folder = try TemporaryFolder()
    let good = #"{"type":"view","user":1,"item":2}"#
    let first = try write(
      [good, "", #"{"type":"view","user":1}"#, good + "\r", #"{"type":"veiw","user":1,"item":2}"#].joined(
        separator: "\n"),
      "a.ndjson", folder)
    let second = try write(
      [#"{"type":"view","item":1}"#, good, #"{"type":"view""#, #"{"type":"impression","user":3}"#, ""].joined(
        separator: "\n"), "b.ndjson", folder)
    let validator = StreamValidator(rules: try standardRules(), nowMs: brokerMs)
    try validator.validate(file: first)
    try validator.validate(file: second)
    let report = validator.report
    #expect(report.lines == 8 && report.valid == 3 && report.refused == 5)
    #expect(report.findings.map(\.reason) == [.missing, .unknownType, .syntax])
    #expect(report.findings.map(\.count) == [3, 1, 1])
    #expect(report.findings[0].file == first && report.findings[0].line == 3 && report.findings[0].field == "item")
    #expect(report.findings[2].file == second && report.findings[2].line == 3)
    #expect(report.text.contains("missing: 3, first at \(first):3: item: is required"))
  }

  @Test func readsItemsByTheirFileName() throws {
    let folder = try TemporaryFolder()
    let items = try write("{\"id\":1,\"title\":\"t\"}\n{\"id\":2,\"year\":\"x\"}", "items.ndjson", folder)
    let validator = StreamValidator(rules: try standardRules(), nowMs: brokerMs)
    try validator.validate(file: items)
    #expect(validator.report.findings.map(\.field) == ["year"] && validator.report.lines == 2)
    try validator.validate(file: items, as: .interactions)
    #expect(validator.report.findings.map(\.reason) == [.missing, .wrongType])
  }

  @Test(arguments: [65_530, 65_536, 65_537, 65_538, 65_539, 131_071, 131_076, 400_000])
  func longLinesAreRefusedAndTheNextIsRead(length: Int) throws {
    let folder = try TemporaryFolder()
    let good = #"{"type":"view","user":1,"item":2"#
    let long = good + #","x":""# + String(repeating: "a", count: length - good.utf8.count - 8) + "\"}"
    #expect(long.utf8.count == length)
    let file = try write([good + "}", long, good + "}", long].joined(separator: "\n"), "a.ndjson", folder)
    let validator = StreamValidator(rules: try standardRules(), nowMs: brokerMs)
    try validator.validate(file: file)
    #expect(validator.report.lines == 4 && validator.report.refused == (length > 65_536 ? 2 : 0))
    if length > 65_536 {
      #expect(validator.report.findings.map(\.reason) == [.payloadTooLarge] && validator.report.findings[0].line == 2)
      #expect(validator.report.findings[0].message.contains("\(length) bytes"))
    }
  }

  @Test func saysWhichFileCannotBeRead() throws {
    let validator = StreamValidator(rules: try standardRules(), nowMs: brokerMs)
    #expect { try validator.validate(file: "/nowhere/x.ndjson") } throws: { "\($0)".contains("/nowhere/x.ndjson") }
    #expect(throws: StreamFileError.self) { try validator.validate(file: "/") }
  }
}
