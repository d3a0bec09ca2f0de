import Datasets
import Features

/// Runs the protocols of evaluation.md through the pipeline that serves.
public enum Evaluator {
  /// Runs as `options` say, writes the per-case file where one is asked for, and returns the report.
  public static func run(_ options: EvaluationOptions) throws -> EvaluationReport {
    let start = ProcessFigures.seconds()
    let dataset = try MovieLensDataset(folder: options.dataFolder)
    let system = LiveSystem(ReplayedEvents(dataset), options: options)
    var report = try prequential(system)
    report.wallSeconds = ProcessFigures.seconds() - start
    report.peakBytes = ProcessFigures.peakBytes()
    if let path = options.csvPath {
      try EvaluationCSV.write(EvaluationCSV.text(report.rows, dataset: dataset), to: path)
    }
    return report
  }

  private static func prequential(_ system: LiveSystem) throws -> EvaluationReport {
    var run = PrequentialRun(system)
    try run.run { system in try system.trainRanker() }
    var report = EvaluationReport(evaluationProtocol: .prequential)
    report.rows = run.rows
    report.coverage10 = Double(run.shown.count) / Double(max(1, system.events.dataset.items.count))
    report.candidateRecall = run.stages.recall
    report.meanCandidates = run.stages.meanCandidates
    if system.options.reportsStages {
      report.stages = ScoreColumn.sources.map { ($0.name, run.stages.recall($0), run.stages.ndcg($0)) }
      report.stages.append(("retrieval order", run.stages.recall, run.stages.fusion))
    }
    fill(&report, system)
    return report
  }

  private static func fill(_ report: inout EvaluationReport, _ system: LiveSystem) {
    report.summaries = EvaluationSummary.Part.allCases.compactMap {
      EvaluationSummary($0, of: report.rows, seed: system.options.seed)
    }
    let figures = system.figures
    report.groupCount = system.groups.count
    report.queryMicroseconds = 1e6 * figures.querySeconds / Double(max(1, figures.queries))
    report.applyMicroseconds = 1e6 * figures.applySeconds / Double(max(1, figures.applied))
    report.linearSeconds = figures.linearSeconds
    report.rankerSeconds = figures.rankerSeconds
  }
}
