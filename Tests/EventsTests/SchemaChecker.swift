import JSON

/// The part of JSON Schema 2020-12 that `streams/` uses, `format: date-time` included. Another keyword is an error.
struct SchemaChecker {
  struct UnknownKeyword: Error { let keyword: String }

  private let root: JSONValue
  private let times = ReferenceTime()
  private static let annotations: Set<String> = ["$schema", "$id", "$defs", "title", "description"]

  init(_ schema: JSONValue) { root = schema }

  func accepts(_ value: JSONValue) throws -> Bool { try accepts(value, root) }

  private func accepts(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
    if let verdict = schema.booleanValue { return verdict }
    for (keyword, argument) in schema.objectValue ?? [:] where !Self.annotations.contains(keyword) {
      guard try holds(keyword, argument, value, schema) else { return false }
    }
    return true
  }

  private func holds(_ keyword: String, _ argument: JSONValue, _ value: JSONValue, _ schema: JSONValue) throws -> Bool {
    switch keyword {
    case "$ref": return try accepts(value, definition(argument))
    case "type": return (argument.arrayValue ?? [argument]).contains { isOf($0.stringValue ?? "", value) }
    case "enum": return argument.arrayValue?.contains(value) ?? false
    case "const": return argument == value
    case "allOf": return try (argument.arrayValue ?? []).allSatisfy { try accepts(value, $0) }
    case "oneOf": return try (argument.arrayValue ?? []).count { try accepts(value, $0) } == 1
    case "required", "properties", "additionalProperties", "propertyNames", "maxProperties":
      guard let members = value.objectValue else { return true }
      return try holdsForObject(keyword, argument, members, schema)
    case "items", "minItems", "maxItems":
      guard let values = value.arrayValue else { return true }
      if keyword == "items" { return try values.allSatisfy { try accepts($0, argument) } }
      let bound = Int(argument.integerValue ?? 0)
      return keyword == "minItems" ? values.count >= bound : values.count <= bound
    case "minLength", "maxLength":
      guard let text = value.stringValue else { return true }
      let bound = Int(argument.integerValue ?? 0)
      return keyword == "minLength" ? text.unicodeScalars.count >= bound : text.unicodeScalars.count <= bound
    case "minimum": return Self.isBelow(value, argument) != true
    case "maximum": return Self.isBelow(argument, value) != true
    case "format": return value.stringValue.map { times.milliseconds($0) != nil } ?? true
    default: throw UnknownKeyword(keyword: keyword)
    }
  }

  private func holdsForObject(
    _ keyword: String, _ argument: JSONValue, _ members: [String: JSONValue], _ schema: JSONValue
  ) throws -> Bool {
    switch keyword {
    case "required": return (argument.arrayValue ?? []).allSatisfy { members[$0.stringValue ?? ""] != nil }
    case "properties":
      return try (argument.objectValue ?? [:]).allSatisfy { name, schema in
        try members[name].map { try accepts($0, schema) } ?? true
      }
    case "propertyNames": return try members.keys.allSatisfy { try accepts(.string($0), argument) }
    case "maxProperties": return members.count <= Int(argument.integerValue ?? 0)
    default:
      let known = schema["properties"]?.objectValue ?? [:]
      return try members.allSatisfy { try known[$0.key] != nil || accepts($0.value, argument) }
    }
  }

  private func definition(_ reference: JSONValue) -> JSONValue {
    let name = reference.stringValue?.split(separator: "/").last.map(String.init) ?? ""
    return root["$defs"]?[name] ?? .boolean(false)
  }

  private func isOf(_ type: String, _ value: JSONValue) -> Bool {
    switch (type, value) {
    case ("null", .null), ("boolean", .boolean), ("string", .string), ("array", .array), ("object", .object),
      ("integer", .integer), ("number", .integer), ("number", .number):
      true
    case ("integer", .number(let number)): number == number.rounded()
    default: false
    }
  }

  /// Nil where one is no number. Exact: 2^63 is above Int64.max, though equal to it as a double.
  private static func isBelow(_ a: JSONValue, _ b: JSONValue) -> Bool? {
    if case .integer(let x) = a, case .integer(let y) = b { return x < y }
    guard let x = a.doubleValue, let y = b.doubleValue else { return nil }
    if x != y { return x < y }
    if case .integer = a, y == 0x1p63 { return true }
    return false
  }
}
