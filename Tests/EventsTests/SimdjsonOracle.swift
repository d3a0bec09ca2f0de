import CSimdjsonOracle

/// A document as simdjson's DOM reads it; duplicate keys are both there.
enum OracleValue {
  struct Member {
    var key: String
    var value: OracleValue
  }

  case null
  case flag(Bool)
  case integer(Int64)
  /// An integer beyond Int64 that fits UInt64.
  case natural(UInt64)
  case real(Double)
  case text(String)
  case array([OracleValue])
  case object([Member])
}

/// simdjson's DOM parser. One thread.
final class SimdjsonOracle {
  enum Verdict {
    case valid(OracleValue)
    case invalid
    /// A number that is none, or one that simdjson cannot hold (too large, too small, too long): its code tells no more.
    case badNumber
  }

  private let oracle: OpaquePointer

  init?() {
    guard let oracle = coracle_new() else { return nil }
    self.oracle = oracle
  }

  deinit { coracle_free(oracle) }

  func parse(_ bytes: UnsafeRawBufferPointer) -> Verdict {
    var steps: UnsafePointer<coracle_step>?
    var count = 0
    let code = coracle_parse(oracle, bytes.baseAddress, bytes.count, &steps, &count)
    if code == coracle_number_error() { return .badNumber }
    guard code == 0, let steps else { return .invalid }
    var place = 0
    return .valid(Self.value(steps, &place))
  }

  private static func value(_ steps: UnsafePointer<coracle_step>, _ place: inout Int) -> OracleValue {
    let step = steps[place]
    place += 1
    switch step.kind {
    case CORACLE_TRUE: return .flag(true)
    case CORACLE_FALSE: return .flag(false)
    case CORACLE_STRING: return .text(text(step))
    case CORACLE_INT64: return .integer(step.integer)
    case CORACLE_UINT64: return .natural(step.natural)
    case CORACLE_DOUBLE: return .real(step.real)
    case CORACLE_ARRAY:
      var values: [OracleValue] = []
      while steps[place].kind != CORACLE_END { values.append(value(steps, &place)) }
      place += 1
      return .array(values)
    case CORACLE_OBJECT:
      var members: [OracleValue.Member] = []
      while steps[place].kind != CORACLE_END {
        let key = text(steps[place])
        place += 1
        members.append(OracleValue.Member(key: key, value: value(steps, &place)))
      }
      place += 1
      return .object(members)
    default: return .null
    }
  }

  private static func text(_ step: coracle_step) -> String {
    String(decoding: UnsafeRawBufferPointer(start: step.text, count: step.length), as: UTF8.self)
  }
}
