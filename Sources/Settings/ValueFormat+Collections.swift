extension ValueFormat where Value == [String] {
  /// Texts between commas; blanks around them and empty ones are left out.
  public static func list(_ hint: String = "TEXT,...") -> ValueFormat {
    ValueFormat(hint: hint, shape: .list) { text, value in
      value = split(text)
    } write: {
      $0.joined(separator: ",")
    }
  }
}

extension ValueFormat where Value == [String: String] {
  /// `name=text` between commas, added to what is there.
  public static func texts(_ hint: String = "NAME=TEXT,...") -> ValueFormat {
    ValueFormat(hint: hint, shape: .textMap) { text, value throws(InvalidValue) in
      for (name, entry) in try pairs(text) { value[name] = entry }
    } write: { map in
      map.keys.sorted().map { "\($0)=\(map[$0] ?? "")" }.joined(separator: ",")
    }
  }
}

extension ValueFormat where Value == [String: Double] {
  /// `name=number` between commas, added to what is there.
  public static func numbers(_ range: ClosedRange<Double>, _ hint: String = "NAME=NUMBER,...") -> ValueFormat {
    ValueFormat(hint: hint, shape: .numberMap) { text, value throws(InvalidValue) in
      let one = ValueFormat<Double>.number(range)
      for (name, entry) in try pairs(text) {
        var number = 0.0
        do throws(InvalidValue) { try one.read(entry, &number) } catch {
          throw InvalidValue("\(name): \(error.reason)")
        }
        value[name] = number
      }
    } write: { map in
      map.keys.sorted().map { "\($0)=\(plain(map[$0] ?? 0))" }.joined(separator: ",")
    }
  }
}

private func split(_ text: String) -> [String] {
  text.split(separator: ",").map { trim($0) }.filter { !$0.isEmpty }
}

private func pairs(_ text: String) throws(InvalidValue) -> [(name: String, value: String)] {
  var found: [(name: String, value: String)] = []
  for part in split(text) {
    guard let mark = part.firstIndex(of: "="), mark > part.startIndex else {
      throw InvalidValue("\"\(part)\" is not NAME=VALUE")
    }
    found.append((trim(part[..<mark]), trim(part[part.index(after: mark)...])))
  }
  return found
}

func trim(_ text: some StringProtocol) -> String {
  var rest = Substring(text)
  while let first = rest.first, first.isWhitespace { rest.removeFirst() }
  while let last = rest.last, last.isWhitespace { rest.removeLast() }
  return String(rest)
}
