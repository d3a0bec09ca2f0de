/// What `freshet validate` found.
public struct ValidationReport: Sendable, Equatable {
  /// All lines with one reason.
  public struct Finding: Sendable, Equatable {
    public let reason: EventFault.Reason
    public internal(set) var count: Int
    /// Where it was met first; lines count from 1.
    public let file: String
    public let line: Int
    public let field: String?
    public let message: String
  }

  /// Lines that are not blank.
  public internal(set) var lines = 0
  /// Most frequent first, then in the order in which they were met.
  public var findings: [Finding] {
    order.compactMap { found[$0] }.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
  }
  private var found: [EventFault.Reason: Finding] = [:]
  private var order: [EventFault.Reason] = []

  public init() {}

  public var refused: Int { found.values.reduce(0) { $0 + $1.count } }
  public var valid: Int { lines - refused }

  mutating func note(_ fault: EventFault, file: String, line: Int) {
    if found[fault.reason] != nil {
      found[fault.reason]?.count += 1
      return
    }
    order.append(fault.reason)
    found[fault.reason] = Finding(
      reason: fault.reason, count: 1, file: file, line: line, field: fault.field, message: fault.message)
  }

  /// The report as it is printed: a sum, then a line for each reason.
  public var text: String {
    let head = "\(lines) lines: \(valid) valid, \(refused) refused"
    let rows = findings.map { finding in
      let field = finding.field.map { $0 + ": " } ?? ""
      return "  \(finding.reason.rawValue): \(finding.count), first at \(finding.file):\(finding.line): \(field)"
        + finding.message
    }
    return ([head] + rows).joined(separator: "\n")
  }
}
