extension ValueFormat where Value == String {
  /// Any text. The empty text means "not set" where the setting says so.
  public static func text(_ hint: String = "TEXT") -> ValueFormat {
    ValueFormat(hint: hint) { text, value in
      value = text
    } write: {
      $0
    }
  }
}

extension ValueFormat where Value == String? {
  /// Any text; the empty one is nil.
  public static func optionalText(_ hint: String = "TEXT") -> ValueFormat {
    ValueFormat(hint: hint) { text, value in
      value = text.isEmpty ? nil : text
    } write: {
      $0 ?? ""
    }
  }
}

extension ValueFormat where Value == Int {
  public static func integer(_ range: ClosedRange<Int>) -> ValueFormat {
    let hint = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound)...\(range.upperBound)"
    return ValueFormat(hint: hint, shape: .number) { text, value throws(InvalidValue) in
      guard let number = Int(text.replacing("_", with: "")) else {
        throw InvalidValue("\"\(text)\" is not an integer (\(hint))")
      }
      guard range.contains(number) else { throw InvalidValue("\(number) is out of range (\(hint))") }
      value = number
    } write: {
      String($0)
    }
  }

  /// A number of bytes, plain or with KiB, MiB or GiB.
  public static func bytes(_ range: ClosedRange<Int>) -> ValueFormat {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)]
    @Sendable func write(_ value: Int) -> String {
      for (unit, size) in units where value >= size && value % size == 0 && size > 1 { return "\(value / size)\(unit)" }
      return String(value)
    }
    let hint = "\(write(range.lowerBound))...\(write(range.upperBound))"
    return ValueFormat(hint: hint) { text, value throws(InvalidValue) in
      let unit = units.first { text.hasSuffix($0.0) }
      let digits = text.dropLast(unit?.0.count ?? 0)
      let (bytes, overflow) = (Int(digits) ?? -1).multipliedReportingOverflow(by: unit?.1 ?? 1)
      guard Int(digits) != nil else { throw InvalidValue("\"\(text)\" is not a size such as 512KiB or 1MiB") }
      guard !overflow, range.contains(bytes) else { throw InvalidValue("\(text) is out of range (\(hint))") }
      value = bytes
    } write: {
      write($0)
    }
  }
}

extension ValueFormat where Value == Double {
  public static func number(_ range: ClosedRange<Double>) -> ValueFormat {
    let hint = "\(plain(range.lowerBound))...\(plain(range.upperBound))"
    return ValueFormat(hint: hint, shape: .number) { text, value throws(InvalidValue) in
      guard let number = Double(text), number.isFinite else {
        throw InvalidValue("\"\(text)\" is not a number (\(hint))")
      }
      guard range.contains(number) else { throw InvalidValue("\(text) is out of range (\(hint))") }
      value = number
    } write: {
      plain($0)
    }
  }
}

/// `4` instead of `4.0`.
func plain(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : number.description
}

extension ValueFormat where Value == Bool {
  public static var flag: ValueFormat {
    ValueFormat(hint: "", shape: .flag) { text, value throws(InvalidValue) in
      switch text.lowercased() {
      case "true", "1", "yes", "on": value = true
      case "false", "0", "no", "off": value = false
      default: throw InvalidValue("\"\(text)\" is neither true nor false")
      }
    } write: {
      $0 ? "true" : "false"
    }
  }
}

extension ValueFormat
where Value: RawRepresentable & CaseIterable & Equatable, Value.RawValue == String, Value.AllCases: Sendable {
  /// One of the cases, by its raw value.
  public static var choice: ValueFormat {
    let names = Value.allCases.map(\.rawValue)
    return ValueFormat(hint: names.joined(separator: "|")) { text, value throws(InvalidValue) in
      guard let known = Value(rawValue: text) else {
        throw InvalidValue(
          "\"\(text)\" is none of \(names.joined(separator: ", "))" + Suggestion.forText(text, among: names))
      }
      value = known
    } write: {
      $0.rawValue
    }
  }
}

extension ValueFormat where Value == Duration {
  private static var units: [(name: String, milliseconds: Int64)] {
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
  }

  /// A time such as `500ms`, `30s`, `5m`, `2h`, `7d`; a plain number is in seconds.
  public static func duration(_ range: ClosedRange<Duration>) -> ValueFormat {
    let hint = "\(show(range.lowerBound))...\(show(range.upperBound))"
    return ValueFormat(hint: hint) { text, value throws(InvalidValue) in
      let digits = text.prefix { $0.isNumber || $0 == "." }
      let suffix = text.dropFirst(digits.count)
      let scale = suffix.isEmpty ? 1_000 : units.first { $0.name == suffix }?.milliseconds
      guard let number = Double(digits), let scale, number.isFinite else {
        throw InvalidValue("\"\(text)\" is not a time such as 500ms, 30s, 5m, 2h or 7d")
      }
      let milliseconds = (number * Double(scale)).rounded()
      guard milliseconds < 1e15, range.contains(.milliseconds(Int64(milliseconds))) else {
        throw InvalidValue("\(text) is out of range (\(hint))")
      }
      value = .milliseconds(Int64(milliseconds))
    } write: {
      show($0)
    }
  }

  /// In the largest unit that gives a whole number.
  private static func show(_ duration: Duration) -> String {
    let milliseconds = duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    if milliseconds == 0 { return "0s" }
    let unit = units.first { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
    return "\(milliseconds / unit.milliseconds)\(unit.name)"
  }
}
