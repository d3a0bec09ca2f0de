import Datasets
import Features
import Ranking

/// Runs the protocols of evaluation.md through the pipeline that serves.
public enum Evaluator {
  /// Runs as `options` say, writes the per-case file where one is asked for, and returns the report.
  public static func run(_ options: EvaluationOptions) throws -> EvaluationReport {
    let start = ProcessFigures.seconds()
    if let path = options.lightGBMPath { try LightGBM.load(path: path) }
    let dataset = try MovieLensDataset(folder: options.dataFolder)
    let system = LiveSystem(ReplayedEvents(dataset), options: options)
    var report = try options.evaluationProtocol == .static ? runStatic(system) : prequential(system)
    report.wallSeconds = ProcessFigures.seconds() - start
    report.peakBytes = ProcessFigures.peakBytes()
    if let path = options.csvPath {
      try EvaluationCSV.write(EvaluationCSV.text(report.rows, dataset: dataset), to: path)
    }
    return report
  }

  private static func prequential(_ system: LiveSystem) throws -> EvaluationReport {
    var run = PrequentialRun(system)
    try run.run()
    return report(system, rows: run.rows, stages: run.stages, shown: run.shown.count)
  }

  private static func runStatic(_ system: LiveSystem) throws -> EvaluationReport {
    var run = StaticRun(system)
    try run.run()
    return report(system, rows: run.rows, stages: run.stages, shown: run.shown.count)
  }

  private static func report(
    _ system: LiveSystem, rows: [EvaluationRow], stages: StageFigures, shown: Int
  ) -> EvaluationReport {
    var report = EvaluationReport(evaluationProtocol: system.options.evaluationProtocol)
    report.rows = rows
    report.coverage10 = Double(shown) / Double(max(1, system.events.dataset.items.count))
    report.candidateRecall = stages.recall
    report.meanCandidates = stages.meanCandidates
    if system.options.reportsStages {
      report.stages = ScoreColumn.sources.map { ($0.name, stages.recall($0), stages.ndcg($0)) }
      report.stages.append(("retrieval order", stages.recall, stages.fusion))
      report.stages.append(
        ("full pipeline", stages.recall, rows.reduce(0) { $0 + $1.ndcg10 } / Double(max(1, rows.count))))
    }
    report.summaries = EvaluationSummary.Part.allCases.compactMap {
      EvaluationSummary($0, of: rows, seed: system.options.seed)
    }
    let figures = system.figures
    report.groupCount = system.groupCount
    report.rankerTrainings = figures.rankerTrainings
    report.rankersPromoted = figures.rankerTrees.count
    report.rankerTrees = figures.rankerTrees
    report.queryMicroseconds = 1e6 * figures.querySeconds / Double(max(1, figures.queries))
    report.applyMicroseconds = 1e6 * figures.applySeconds / Double(max(1, figures.applied))
    report.towerSeconds = system.towerSeconds
    report.linearSeconds = figures.linearSeconds
    report.rankerSeconds = figures.rankerSeconds
    return report
  }
}
