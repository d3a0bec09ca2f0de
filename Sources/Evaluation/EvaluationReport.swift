import Datasets
import Features

/// What an evaluation found.
public struct EvaluationReport: Sendable {
  public var evaluationProtocol: EvaluationProtocol
  public var summaries: [EvaluationSummary] = []
  public var rows: [EvaluationRow] = []
  /// Share of the catalogue that was among any list's first ten.
  public var coverage10 = 0.0
  public var candidateRecall = 0.0
  public var meanCandidates = 0.0
  /// One line a stage: name, share of targets held, NDCG@10 of its order alone.
  public var stages: [(name: String, recall: Double, ndcg10: Double)] = []
  public var groupCount = 0
  public var rankerTrainings = 0
  /// How many of them passed the gate.
  public var rankersPromoted = 0
  /// Trees of each that passed.
  public var rankerTrees: [Int] = []
  public var queryMicroseconds = 0.0
  public var applyMicroseconds = 0.0
  public var linearSeconds = 0.0
  public var towerSeconds = 0.0
  public var rankerSeconds = 0.0
  public var wallSeconds = 0.0
  public var peakBytes = 0

  public func summary(_ part: EvaluationSummary.Part) -> EvaluationSummary? { summaries.first { $0.part == part } }

  /// The measures alone: equal for equal seeds, byte for byte.
  public var measuresText: String {
    var lines = [
      "protocol \(evaluationProtocol.rawValue), \(rows.count) cases",
      "part       cases  NDCG@10  95% interval      HitRate@10  MRR@20  Recall@20",
    ]
    for summary in summaries {
      let interval = "[\(NumberText.fixed(summary.low, 4)), \(NumberText.fixed(summary.high, 4))]"
      lines.append(
        Self.pad(summary.part.rawValue, 6) + Self.pad(String(summary.count), 10, right: true) + "   "
          + NumberText.fixed(summary.ndcg10, 4) + "  " + interval + "  " + NumberText.fixed(summary.hit10, 4)
          + "      " + NumberText.fixed(summary.mrr20, 4) + "  " + NumberText.fixed(summary.recall20, 4))
    }
    lines.append("coverage@10 \(NumberText.fixed(coverage10, 4))")
    lines.append(
      "candidates \(NumberText.fixed(meanCandidates, 1)) a case, holding the target \(NumberText.fixed(candidateRecall, 4))"
    )
    for stage in stages {
      lines.append(
        "  " + Self.pad(stage.name, 22) + "holds " + NumberText.fixed(stage.recall, 4) + "   alone "
          + NumberText.fixed(stage.ndcg10, 4))
    }
    lines.append(
      "\(groupCount) training groups, \(rankerTrainings) trainings of the ranker, \(rankersPromoted) promoted, of \(rankerTrees.map(String.init).joined(separator: ", ")) trees"
    )
    return lines.joined(separator: "\n") + "\n"
  }

  /// What the run cost, on this machine at this time.
  public var costText: String {
    "query \(NumberText.fixed(queryMicroseconds, 0)) us, event \(NumberText.fixed(applyMicroseconds, 2)) us, "
      + "linear fits \(NumberText.fixed(linearSeconds, 1)) s, towers \(NumberText.fixed(towerSeconds, 1)) s, "
      + "ranker training \(NumberText.fixed(rankerSeconds, 1)) s, "
      + "wall \(NumberText.fixed(wallSeconds, 1)) s, peak memory \(peakBytes >> 20) MiB\n"
  }

  private static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
    let blank = String(repeating: " ", count: max(0, width - text.utf8.count))
    return right ? blank + text : text + blank
  }
}
