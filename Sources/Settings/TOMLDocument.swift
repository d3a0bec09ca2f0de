import CTOML

/// The scalars of a TOML file, flattened, in the order of the file.
struct TOMLDocument {
  struct Entry {
    /// Dotted: `kafka.sasl.username`.
    let key: String
    let value: String
    let isInArray: Bool
    let isEmptyArray: Bool
    let isEmptyTable: Bool
    /// A date or time without quotes.
    let isDate: Bool
    let line: Int
    let column: Int
  }

  let entries: [Entry]

  /// - Parameter name: the file's, for messages: `name:line:column: ...`.
  init(_ text: String, name: String) throws(SettingsProblem) {
    final class Collected { var entries: [Entry] = [] }
    let collected = Collected()
    var error = ctoml_error()
    var copy = text
    let status = copy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        ctoml_parse(
          characters.baseAddress, characters.count, Unmanaged.passUnretained(collected).toOpaque(),
          { context, entry in
            guard let context, let entry = entry?.pointee else { return }
            Unmanaged<Collected>.fromOpaque(context).takeUnretainedValue().entries.append(Entry(entry))
          }, &error)
      }
    }
    guard status == 0 else {
      let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw SettingsProblem("\(name):\(error.line):\(error.column): \(message)")
    }
    // The parser hands tables over by name; the first fault of a file is the first from its top.
    entries = collected.entries.enumerated().sorted {
      ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
    }.map(\.element)
  }
}

extension TOMLDocument.Entry {
  fileprivate init(_ entry: ctoml_entry) {
    func text(_ pointer: UnsafePointer<CChar>?, _ count: Int) -> String {
      String(decoding: UnsafeRawBufferPointer(start: pointer, count: count), as: UTF8.self)
    }
    self.init(
      key: text(entry.key, entry.key_length), value: text(entry.value, entry.value_length),
      isInArray: entry.in_array != 0, isEmptyArray: entry.kind == CTOML_EMPTY_ARRAY,
      isEmptyTable: entry.kind == CTOML_EMPTY_TABLE, isDate: entry.kind == CTOML_DATE, line: Int(entry.line),
      column: Int(entry.column))
  }
}
