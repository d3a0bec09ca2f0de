import Settings

/// `freshet doctor`: looks at everything that the program needs, and says what to do about what it finds.
struct DoctorCommand {
  private let settings: FreshetSettings

  init(_ settings: FreshetSettings) { self.settings = settings }

  /// - Returns: 1 where something does not work; warnings are no failures.
  func run() -> Int32 {
    var findings: [DoctorFinding] = []
    for check in [
      LibraryCheck.run, FolderCheck.run, DataCheck.run, StoreCheck.run, KafkaCheck.run, PortCheck.run,
    ] {
      for finding in check(settings) {
        Output.print(finding.text)
        findings.append(finding)
      }
    }
    let failures = findings.filter { $0.grade == .failure }.count
    let warnings = findings.filter { $0.grade == .warning }.count
    Output.print("\(findings.count) checks, \(warnings) warnings, \(failures) failures\n")
    return failures == 0 ? 0 : 1
  }
}

/// One thing that was looked at.
struct DoctorFinding {
  enum Grade: String {
    case ok
    /// It works, and something is worth knowing or not as it should be.
    case warning
    case failure
  }

  let grade: Grade
  /// What was looked at: `redis`.
  let subject: String
  let message: String
  /// What to do; nil where there is nothing to do.
  let remedy: String?

  static func ok(_ subject: String, _ message: String) -> DoctorFinding {
    DoctorFinding(grade: .ok, subject: subject, message: message, remedy: nil)
  }

  static func warning(_ subject: String, _ message: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(grade: .warning, subject: subject, message: message, remedy: remedy)
  }

  static func failure(_ subject: String, _ message: String, _ remedy: String) -> DoctorFinding {
    DoctorFinding(grade: .failure, subject: subject, message: message, remedy: remedy)
  }

  /// One line, and one more for the remedy.
  var text: String {
    func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    let line = pad(grade.rawValue, 9) + pad(subject, 11) + message + "\n"
    return remedy.map { line + String(repeating: " ", count: 20) + "-> \($0)\n" } ?? line
  }
}
