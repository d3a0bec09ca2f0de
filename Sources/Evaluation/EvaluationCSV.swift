import Datasets
import Glibc

/// The per-case file: `event,user_id,item_id,warm,ndcg10,hit20,mrr20,hit10`, one line a case, in the order of time.
public enum EvaluationCSV {
  public static let header = "event,user_id,item_id,warm,ndcg10,hit20,mrr20,hit10"

  public static func text(_ rows: [EvaluationRow], dataset: MovieLensDataset) -> String {
    var text = header + "\n"
    for row in rows {
      let item = row.item >= 0 ? dataset.items[row.item].id.text : ""
      let figures = [row.ndcg10, row.hit20, row.mrr20, row.hit10].map(NumberText.short).joined(separator: ",")
      text += "\(row.event),\(dataset.userIDs[row.user].text),\(item),\(row.isWarm ? 1 : 0),\(figures)\n"
    }
    return text
  }

  /// - Throws: `DatasetError` naming the path when it cannot be written.
  public static func write(_ text: String, to path: String) throws(DatasetError) {
    guard let file = fopen(path, "w") else {
      throw DatasetError(file: path, message: "cannot be written: \(String(cString: strerror(errno)))")
    }
    let isWritten = fputs(text, file) >= 0
    guard fclose(file) == 0, isWritten else {
      throw DatasetError(file: path, message: "was not written completely: \(String(cString: strerror(errno)))")
    }
  }
}
