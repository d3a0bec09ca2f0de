/// What `freshet` was asked to do.
public enum FreshetCommand: Sendable, Equatable {
  case run
  case ingest
  case train
  case serve
  case produce
  case evaluate
  case validate(files: [String])
  case topics(TopicsAction)
  case state(StateAction)
  case replay
  case models(ModelsAction)
  case doctor
  case config(ConfigAction)

  public enum TopicsAction: Sendable, Equatable { case apply, describe }
  public enum StateAction: Sendable, Equatable {
    case hash
    case show(user: String)
  }
  public enum ModelsAction: Sendable, Equatable {
    case list
    case rollback(kind: String)
  }
  public enum ConfigAction: Sendable, Equatable {
    case show
    /// The documentation's table of settings.
    case table
    /// The documentation's table of metrics.
    case metrics
  }
}

/// A command line of `freshet`, read and checked.
public enum FreshetInvocation: Sendable {
  /// Print it on standard output, exit 0.
  case text(String)
  case command(FreshetCommand, FreshetSettings, Configuration<FreshetSettings>)

  /// Reads a command line.
  /// - Parameters: as `SettingsTable.parse`.
  /// - Throws: what to print on standard error; exit `SettingsProblem.exitStatus`.
  public static func parse(
    arguments: [String], environment: [String: String],
    readFile: (String) throws(SettingsProblem) -> String = readTextFile
  ) throws(SettingsProblem) -> FreshetInvocation {
    switch try FreshetSettings.table.parse(arguments: arguments, environment: environment, readFile: readFile) {
    case .text(let text): return .text(text)
    case .run(let configuration):
      try configuration.values.check()
      return .command(command(configuration), configuration.values, configuration)
    }
  }

  /// The scanner has checked names, actions and the number of operands against the table.
  private static func command(_ configuration: Configuration<FreshetSettings>) -> FreshetCommand {
    let operand = configuration.operands.first ?? ""
    switch (configuration.command.name, configuration.action) {
    case ("run", _): return .run
    case ("ingest", _): return .ingest
    case ("train", _): return .train
    case ("serve", _): return .serve
    case ("produce", _): return .produce
    case ("evaluate", _): return .evaluate
    case ("validate", _): return .validate(files: configuration.operands)
    case ("topics", "apply"): return .topics(.apply)
    case ("topics", _): return .topics(.describe)
    case ("state", "show"): return .state(.show(user: operand))
    case ("state", _): return .state(.hash)
    case ("replay", _): return .replay
    case ("models", "rollback"): return .models(.rollback(kind: operand))
    case ("models", _): return .models(.list)
    case ("doctor", _): return .doctor
    case ("config", "table"): return .config(.table)
    case ("config", "metrics"): return .config(.metrics)
    case ("config", _): return .config(.show)
    default: preconditionFailure("the command \(configuration.command.name) is in the table and nowhere else")
    }
  }
}
