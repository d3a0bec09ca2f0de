import Evaluation
import Recommender
import Settings
import Training

/// `freshet evaluate`: the protocols of evaluation.md on a data set.
struct EvaluateCommand {
  private let settings: FreshetSettings

  init(_ settings: FreshetSettings) { self.settings = settings }

  func run() throws {
    if settings.evaluate.procedure == .drift {
      Output.print(try Evaluator.drift(options("")).text)
      return
    }
    guard let folder = settings.dataDirectory else {
      throw SettingsProblem(
        "evaluate needs --data DIR (or FRESHET_DATA): a folder in one of MovieLens' layouts; --protocol drift needs none"
      )
    }
    let report = try Evaluator.run(options(folder))
    // The same seed prints the same bytes; what it cost stands beside them.
    Output.print(report.measuresText)
    Output.error(report.costText)
  }

  private func options(_ folder: String) throws -> EvaluationOptions {
    var options = EvaluationOptions(dataFolder: folder)
    options.evaluationProtocol = settings.evaluate.procedure == .static ? .static : .prequential
    options.csvPath = settings.evaluate.csv
    options.reportsStages = settings.evaluate.stages
    options.isFrozen = settings.evaluate.frozen
    options.limit = settings.produce.limit > 0 ? settings.produce.limit : nil
    options.seed = UInt64(clamping: settings.seed)
    options.budgets = try SourceBudgets(total: settings.candidates.total, single: settings.candidates.budget)
    options.without = try parts()
    let trainings = TrainingService.Configuration(settings)
    options.recipe = trainings.recipe
    options.towers = trainings.towers
    options.slice = min(settings.evaluate.from, settings.evaluate.until)..<settings.evaluate.until
    options.lightGBMPath = settings.ranker.library
    return options
  }

  private func parts() throws(SettingsProblem) -> Set<EvaluationOptions.Part> {
    var parts: Set<EvaluationOptions.Part> = []
    for name in settings.evaluate.without {
      guard let part = EvaluationOptions.Part(rawValue: name) else {
        let known = EvaluationOptions.Part.allCases.map(\.rawValue).joined(separator: ", ")
        throw SettingsProblem("evaluate.without (--without): \"\(name)\" is none of \(known)")
      }
      parts.insert(part)
    }
    return parts
  }
}
