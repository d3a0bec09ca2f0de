import Foundation

/// RFC 3339 by a regular expression and Foundation's calendar; slow, so that it remembers. One thread.
final class ReferenceTime {
  private var known: [String: Int64?] = [:]
  private let form = /(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))/
    .asciiOnlyDigits().matchingSemantics(.unicodeScalar)

  func milliseconds(_ text: String) -> Int64? {
    if let result = known[text] { return result }
    let result = read(text)
    known[text] = .some(result)
    return result
  }

  private func read(_ text: String) -> Int64? {
    // Most mutants of times are none; this keeps them from the regular expression.
    guard (20...64).contains(text.utf8.count) else { return nil }
    guard let match = text.wholeMatch(of: form)?.output else { return nil }
    func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
    let (year, month, day) = (number(match.1), number(match.2), number(match.3))
    let (hour, minute, second) = (number(match.4), number(match.5), number(match.6))
    guard hour <= 23, minute <= 59, second <= 60, number(match.9) <= 23, number(match.10) <= 59 else { return nil }
    var calendar = Calendar(identifier: .iso8601)
    guard let utc = TimeZone(secondsFromGMT: 0) else { return nil }
    calendar.timeZone = utc
    let parts = DateComponents(calendar: calendar, timeZone: utc, year: year, month: month, day: day)
    guard parts.isValidDate(in: calendar), let date = calendar.date(from: parts) else { return nil }
    let fraction = number((match.7 ?? "").prefix(3).padding(toLength: 3, withPad: "0", startingAt: 0)[...])
    let offset = (number(match.9) * 60 + number(match.10)) * (match.8 == "-" ? -1 : 1)
    let seconds = Int(date.timeIntervalSince1970) + (hour * 60 + minute - offset) * 60 + second
    return Int64(seconds) * 1_000 + Int64(fraction)
  }
}
