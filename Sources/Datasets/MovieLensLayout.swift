import Glibc

/// The three ways in which MovieLens sets are written.
public enum MovieLensLayout: String, Sendable, CaseIterable {
  /// ratings.dat and movies.dat, `::` between fields, latin-1 (MovieLens-1M and 10M).
  case doubleColon
  /// ratings.csv and movies.csv with a header, commas, quotes, UTF-8 (the newer sets).
  case csv
  /// u.data and u.item, tabs and bars, latin-1 (MovieLens-100K as published).
  case tabs

  public var ratingsFile: String {
    switch self {
    case .doubleColon: "ratings.dat"
    case .csv: "ratings.csv"
    case .tabs: "u.data"
    }
  }

  public var moviesFile: String {
    switch self {
    case .doubleColon: "movies.dat"
    case .csv: "movies.csv"
    case .tabs: "u.item"
    }
  }

  /// Who the users are; not every set of the layout has it.
  var usersFile: String? {
    switch self {
    case .doubleColon: "users.dat"
    case .csv: nil
    case .tabs: "u.user"
    }
  }

  var hasHeader: Bool { self == .csv }
  var isLatin1: Bool { self != .csv }

  /// The layout of the files in `folder`.
  public static func detect(in folder: String) throws(DatasetError) -> MovieLensLayout {
    for layout in allCases where access(folder + "/" + layout.ratingsFile, R_OK) == 0 { return layout }
    let names = allCases.map(\.ratingsFile).joined(separator: ", ")
    throw DatasetError(file: folder, message: "holds no MovieLens ratings (none of \(names)): name a folder that does")
  }

  /// Splits a line into `fields`, which is overwritten. Quoted fields (csv) keep their quotes; `text` removes them.
  func split(_ line: UnsafeRawBufferPointer, forRatings: Bool, into fields: inout [Range<Int>]) {
    fields.removeAll(keepingCapacity: true)
    var start = 0
    var at = 0
    var quoted = false
    let width = self == .doubleColon ? 2 : 1
    let separator: UInt8 =
      switch self {
      case .doubleColon: 58
      case .csv: 44
      case .tabs: forRatings ? 9 : 124
      }
    while at < line.count {
      let byte = line[at]
      if self == .csv && byte == 34 { quoted.toggle() }
      if byte == separator && !quoted && (width == 1 || (at + 1 < line.count && line[at + 1] == separator)) {
        fields.append(start..<at)
        at += width
        start = at
      } else {
        at += 1
      }
    }
    fields.append(start..<line.count)
  }

  /// The text of a field, decoded, with csv quotes removed.
  func text(_ bytes: UnsafeRawBufferPointer) -> String {
    if isLatin1 {
      var scalars = String.UnicodeScalarView()
      for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
      return String(scalars)
    }
    let decoded = String(decoding: bytes, as: UTF8.self)
    guard decoded.utf8.count >= 2, decoded.utf8.first == 34, decoded.utf8.last == 34 else { return decoded }
    var plain = ""
    var previousWasQuote = false
    for character in decoded.unicodeScalars.dropFirst().dropLast() {
      if character == "\"" && previousWasQuote {
        previousWasQuote = false
        continue
      }
      previousWasQuote = character == "\""
      plain.unicodeScalars.append(character)
    }
    return plain
  }
}
