import Foundation
import Glibc
import Settings
import Telemetry

/// Reads the command line and hands over to the command.
enum FreshetProgram {
  /// - Returns: the exit status: 0, 1 for a failure, 64 for a command line or settings that cannot be used.
  static func main() -> Int32 {
    let invocation: FreshetInvocation
    do throws(SettingsProblem) {
      invocation = try FreshetInvocation.parse(
        arguments: Array(CommandLine.arguments.dropFirst()), environment: ProcessInfo.processInfo.environment)
    } catch {
      Output.error("freshet: \(error.description)\n")
      return SettingsProblem.exitStatus
    }
    switch invocation {
    case .text(let text):
      Output.print(text)
      return 0
    case .command(let command, let settings, let configuration):
      configureLog(settings.log)
      do {
        return try run(command, settings, configuration)
      } catch {
        Output.error("freshet \(configuration.command.name): \(error)\n")
        return 1
      }
    }
  }

  private static func run(
    _ command: FreshetCommand, _ settings: FreshetSettings, _ configuration: Configuration<FreshetSettings>
  ) throws -> Int32 {
    switch command {
    case .run: try RoleCommands.run(settings)
    case .ingest: try RoleCommands.ingest(settings)
    case .train where settings.train.only != .all: try TrainStages(settings).run()
    case .train: try RoleCommands.train(settings)
    case .serve: try RoleCommands.serve(settings)
    case .evaluate: try EvaluateCommand(settings).run()
    case .config(.show): Output.print(FreshetSettings.table.describe(configuration))
    case .config(.table): Output.print(FreshetSettings.table.table())
    case .config(.metrics): Output.print(FreshetMetrics.table())
    case .produce: try ProduceCommand.run(settings)
    case .validate(let files): return try ValidateCommand(settings, files: files).run()
    case .topics(let action): try TopicsCommand(settings, action).run()
    case .state(let action): try StateCommand(settings, action).run()
    case .replay: try ReplayCommand(settings).run()
    case .models(let action): try ModelsCommand(settings, action).run()
    case .doctor: return DoctorCommand(settings).run()
    }
    return 0
  }

  private static func configureLog(_ log: FreshetSettings.Log) {
    let level = LogLevel(rawValue: log.level.rawValue) ?? .info
    let format = LogFormat(rawValue: log.format.rawValue) ?? .automatic
    LogSink.standardError.configure(level: level, format: format)
  }
}

/// The two streams of a command-line program.
enum Output {
  static func print(_ text: String) { write(STDOUT_FILENO, text) }
  static func error(_ text: String) { write(STDERR_FILENO, text) }

  private static func write(_ descriptor: Int32, _ text: String) {
    var copy = text
    copy.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
