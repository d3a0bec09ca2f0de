import HTTP
import Identity
import JSON

/// Reads the members of a JSON object, strictly: an unknown one is an error that says what was probably meant.
struct RequestFields {
  private let members: [String: JSONValue]
  /// Stands before the names in errors: `filter.`.
  private let prefix: String

  /// - Parameter known: every name that may stand here.
  init(_ value: JSONValue, known: [String], prefix: String = "") throws(HTTPError) {
    guard let members = value.objectValue else {
      let what = prefix.isEmpty ? "the body" : String(prefix.dropLast())
      throw .badRequest("\(what) must be a JSON object, not \(value.kind)", field: prefix.isEmpty ? nil : what)
    }
    // Sorted, so that the same request always gets the same answer.
    for name in members.keys.sorted() where !known.contains(name) {
      throw Self.unknown(prefix + name, among: known.map { prefix + $0 }, kind: "field")
    }
    self.members = members
    self.prefix = prefix
  }

  /// Parses a whole body.
  init(body: [UInt8], known: [String]) throws(HTTPError) {
    let value: JSONValue
    do throws(JSONError) { value = try JSONValue.parse(body) } catch {
      throw .badRequest("the body is not JSON: \(error)", code: "invalid_json")
    }
    try self.init(value, known: known)
  }

  static func unknown(_ name: String, among known: [String], kind: String) -> HTTPError {
    let shown = String(name.prefix(64))
    let hint = NameDistance.nearest(to: shown, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    return .badRequest(
      "unknown \(kind) \"\(shown)\"\(hint) (known: \(known.joined(separator: ", ")))", code: "unknown_\(kind)",
      field: shown)
  }

  func wrong(_ name: String, _ message: String) -> HTTPError { .badRequest(message, field: prefix + name) }

  /// The member; nil when it is missing or null.
  subscript(_ name: String) -> JSONValue? {
    guard let value = members[name], value != .null else { return nil }
    return value
  }

  func flag(_ name: String) throws(HTTPError) -> Bool? {
    guard let value = self[name] else { return nil }
    guard let flag = value.booleanValue else {
      throw wrong(name, "\(prefix)\(name) must be true or false, not \(value.kind)")
    }
    return flag
  }

  func integer(_ name: String, _ range: ClosedRange<Int>) throws(HTTPError) -> Int? {
    guard let value = self[name] else { return nil }
    guard let number = value.integerValue, let integer = Int(exactly: number), range.contains(integer) else {
      let given = value.integerValue.map(String.init) ?? value.kind
      throw wrong(
        name, "\(prefix)\(name) must be an integer from \(range.lowerBound) to \(range.upperBound), not \(given)")
    }
    return integer
  }

  func number(_ name: String, _ range: ClosedRange<Double>) throws(HTTPError) -> Double? {
    guard let value = self[name] else { return nil }
    guard let number = value.doubleValue, range.contains(number) else {
      throw wrong(name, "\(prefix)\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func array(_ name: String, limit: Int) throws(HTTPError) -> [JSONValue]? {
    guard let value = self[name] else { return nil }
    guard let values = value.arrayValue else {
      throw wrong(name, "\(prefix)\(name) must be an array, not \(value.kind)")
    }
    guard values.count <= limit else {
      throw wrong(name, "\(prefix)\(name) has \(values.count) elements; at most \(limit) are taken")
    }
    return values
  }

  func id(_ name: String) throws(HTTPError) -> EntityID? {
    guard let value = self[name] else { return nil }
    return try id(value, name)
  }

  func id(_ value: JSONValue, _ name: String) throws(HTTPError) -> EntityID {
    switch value {
    case .integer(let number): return EntityID(number)
    case .string(let text): return try Self.checked(EntityID(text), field: prefix + name)
    default:
      throw wrong(name, "\(prefix)\(name) must be a string or an integer of at most 64 bits, not \(value.kind)")
    }
  }

  /// An id that a path names. A path does not say which form it has: what is an integer is given back as one.
  static func pathID(_ text: String?, field: String) throws(HTTPError) -> EntityID {
    let text = text ?? ""
    if let number = Int64(text), String(number) == text { return EntityID(number) }
    return try checked(EntityID(text), field: field)
  }

  private static func checked(_ id: EntityID, field: String) throws(HTTPError) -> EntityID {
    guard !id.text.isEmpty, id.text.utf8.count <= EntityID.maximumBytes else {
      throw .badRequest("\(field) must have 1 to \(EntityID.maximumBytes) bytes", field: field)
    }
    return id
  }
}
