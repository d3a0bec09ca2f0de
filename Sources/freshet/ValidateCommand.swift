import Events
import Lifecycle
import Settings

/// `freshet validate FILE...`: checks recorded streams as ingestion would, without a server.
struct ValidateCommand {
  private let settings: FreshetSettings
  private let files: [String]

  init(_ settings: FreshetSettings, files: [String]) {
    self.settings = settings
    self.files = files
  }

  /// Prints what was found.
  /// - Returns: 1 where a line was refused.
  func run() throws -> Int32 {
    let validator = StreamValidator(rules: try EventRules(settings.events), nowMs: SystemClock().nowMilliseconds)
    for file in files { try validator.validate(file: file) }
    Output.print(validator.report.text + "\n")
    return validator.report.refused == 0 ? 0 : 1
  }
}

extension EventRules {
  init(_ events: FreshetSettings.Events) throws {
    self.init(
      types: try EventTypes(weights: events.weights), positiveRating: events.positiveRating,
      futureToleranceMs: events.futureTolerance.wholeMilliseconds)
  }
}
