import CLightGBM
import Glibc
import Synchronization

/// The LightGBM library of this process, loaded on first use.
public enum LightGBM {
  /// Where `make setup` puts the library, relative to the working directory or to the executable's ancestors.
  public static let standardPath = ".freshet/lib/lib_lightgbm.so"
  private static let loaded = Mutex(false)

  /// Loads the library, once.
  /// - Parameter path: a file, as the setting `ranker.library` has it; nil looks at FRESHET_LIGHTGBM, for tests and
  ///   benchmarks, which have no settings, then at `standardPath`.
  /// - Throws: `RankingError.libraryMissing` with the places that were looked at.
  public static func load(path: String? = nil) throws(RankingError) {
    let failure: String? = loaded.withLock { loaded in
      if loaded { return nil }
      let places = candidates(path)
      guard let found = places.first(where: { access($0, R_OK) == 0 }) else {
        return "the LightGBM library is in none of \(places.joined(separator: ", "))"
      }
      guard clgbm_load(found) == 0 else { return String(cString: clgbm_error()) }
      _ = clgbm_set_log(nil)
      loaded = true
      return nil
    }
    if let failure {
      throw RankingError(.libraryMissing, "\(failure): run `make setup`, or set FRESHET_LIGHTGBM to lib_lightgbm.so")
    }
  }

  private static func candidates(_ path: String?) -> [String] {
    if let path { return [path] }
    // As for every setting, an empty variable is an unset one.
    if let variable = getenv("FRESHET_LIGHTGBM").map({ String(cString: $0) }), !variable.isEmpty { return [variable] }
    var places = [standardPath]
    var folder = executableFolder()
    // .build/<triple>/release/freshet lies four levels below the checkout.
    for _ in 0..<5 where !folder.isEmpty {
      places.append(folder + "/" + standardPath)
      folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
    }
    return places
  }

  private static func executableFolder() -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let length = buffer.withUnsafeMutableBytes { raw in
      raw.baseAddress.map { readlink("/proc/self/exe", $0.assumingMemoryBound(to: CChar.self), raw.count) } ?? 0
    }
    guard length > 0 else { return "" }
    let path = String(decoding: buffer[..<length], as: UTF8.self)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// Turns a status into an error.
  static func check(_ status: Int32, _ what: String) throws(RankingError) {
    if status != 0 { throw RankingError(.lightGBM, "\(what): \(String(cString: clgbm_error()))") }
  }
}

/// A LightGBM data set; frees itself.
final class LightGBMDataset {
  let handle: clgbm_dataset

  /// - Parameter reference: bins are taken from it where it is given (a validation set must have the training set's).
  init(
    _ groups: RankingGroups, parameters: String, reference: clgbm_dataset? = nil
  ) throws(RankingError) {
    var created: clgbm_dataset?
    let rows = Int32(groups.rowCount)
    try LightGBM.check(
      clgbm_dataset_create(groups.matrix, rows, Int32(groups.columns), parameters, reference, &created), "data set")
    guard let created else { throw RankingError(.lightGBM, "no data set was made") }
    handle = created
    let labels = groups.labels.map { Float($0) }
    try LightGBM.check(clgbm_dataset_set_float(handle, "label", labels, rows), "labels")
    try LightGBM.check(clgbm_dataset_set_int(handle, "group", groups.sizes, Int32(groups.sizes.count)), "groups")
    // Places explain a part of the labels while trees are grown, and are no part of the model. Rows of one place within a
    // group, as of those that were not shown, shift nothing. `lambdarank_position_bias_regularization` stays 0: in the
    // world of PositionTests 0.01 keeps 0.86 of what the places gain with lists of 10, and 0.1 keeps 0.4.
    if !groups.positions.isEmpty {
      try LightGBM.check(clgbm_dataset_set_int(handle, "position", groups.positions, rows), "positions")
    }
  }

  deinit { _ = clgbm_dataset_free(handle) }
}

/// A LightGBM booster; frees itself. One thread.
final class LightGBMBooster {
  private let handle: clgbm_booster

  init(train: LightGBMDataset, parameters: String) throws(RankingError) {
    var created: clgbm_booster?
    try LightGBM.check(clgbm_booster_create(train.handle, parameters, &created), "booster")
    guard let created else { throw RankingError(.lightGBM, "no booster was made") }
    handle = created
  }

  init(text: String) throws(RankingError) {
    var created: clgbm_booster?
    var iterations: Int32 = 0
    try LightGBM.check(clgbm_booster_load(text, &iterations, &created), "model text")
    guard let created else { throw RankingError(.lightGBM, "no booster was made") }
    handle = created
  }

  deinit { _ = clgbm_booster_free(handle) }

  func addValidation(_ dataset: LightGBMDataset) throws(RankingError) {
    try LightGBM.check(clgbm_booster_add_validation(handle, dataset.handle), "validation set")
  }

  /// One more tree; true when no split helps any more.
  func update() throws(RankingError) -> Bool {
    var isFinished: Int32 = 0
    try LightGBM.check(clgbm_booster_update(handle, &isFinished), "training round")
    return isFinished != 0
  }

  /// The first metric on the first validation set.
  func validationMetric() throws(RankingError) -> Double {
    var count: Int32 = 0
    try LightGBM.check(clgbm_booster_eval_count(handle, &count), "metrics")
    guard count > 0 else { throw RankingError(.lightGBM, "no metric was computed") }
    var values = [Double](repeating: 0, count: Int(count))
    try LightGBM.check(clgbm_booster_eval(handle, 1, &count, &values), "metrics")
    return values[0]
  }

  func text(iterations: Int) throws(RankingError) -> String {
    var needed: Int64 = 0
    var buffer = [CChar](repeating: 0, count: 1)
    try LightGBM.check(clgbm_booster_text(handle, Int32(iterations), 1, &needed, &buffer), "model text")
    buffer = [CChar](repeating: 0, count: Int(needed) + 1)
    try LightGBM.check(
      clgbm_booster_text(handle, Int32(iterations), needed, &needed, &buffer), "model text")
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  func gains(columns: Int) throws(RankingError) -> [Double] {
    var gains = [Double](repeating: 0, count: columns)
    try LightGBM.check(clgbm_booster_gains(handle, &gains), "importances")
    return gains
  }

  /// Raw scores of `rows` rows.
  func predict(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, into scores: UnsafeMutablePointer<Double>
  ) throws(RankingError) {
    var count: Int64 = 0
    try LightGBM.check(
      clgbm_booster_predict(
        handle, matrix, Int32(rows), Int32(columns), Int32(CLGBM_PREDICT_RAW), -1, &count, scores), "prediction")
  }
}
