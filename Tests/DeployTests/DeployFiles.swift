import Foundation
import JSON
import TestSupport

/// The files of `deploy/` as this checkout has them.
enum DeployFiles {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  static let folder = root + "/deploy"

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + path) }

  /// Every file, relative to the folder.
  static func all() throws -> [String] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    return paths.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder + "/" + $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  /// The documents of a YAML file, read by python3-yaml; a key that stands twice is an error.
  static func documents(_ path: String) throws -> [JSONValue] {
    let result = try Tool.run(Tool.python, ["-c", yamlToJSON, folder + "/" + path])
    guard result.status == 0 else { throw BadFile(text: "\(path): \(result.output)") }
    return try JSONValue.parse(result.output).arrayValue ?? []
  }

  private static let yamlToJSON = """
    import json, sys, yaml
    class Strict(yaml.SafeLoader):
      def construct_mapping(self, node, deep=False):
        names = [k.value for k, v in node.value if k.value != '<<']
        double = {n for n in names if names.count(n) > 1}
        if double and not any(k.value == '<<' for k, v in node.value):
          raise yaml.YAMLError(f'{node.start_mark}: {sorted(double)} stand twice')
        return super().construct_mapping(node, deep)
    json.dump(list(yaml.load_all(open(sys.argv[1]), Strict)), sys.stdout)
    """

  /// Matches of a pattern, its first group where it has one.
  static func matches(_ pattern: String, in text: String) throws -> [String] {
    let expression = try NSRegularExpression(pattern: pattern)
    let whole = NSRange(text.startIndex..., in: text)
    return expression.matches(in: text, range: whole).compactMap { match in
      Range(match.range(at: match.numberOfRanges > 1 ? 1 : 0), in: text).map { String(text[$0]) }
    }
  }
}

struct BadFile: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

extension JSONValue {
  /// Follows keys; nil where one is missing.
  func at(_ path: String...) -> JSONValue? {
    path.reduce(self as JSONValue?) { value, key in value?[key] }
  }

  /// Every string below, keys not included.
  var strings: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let values): values.flatMap(\.strings)
    case .object(let members): members.values.flatMap(\.strings)
    default: []
    }
  }

  /// As a variable of the environment or an argument would hold it.
  var plainText: String? {
    switch self {
    case .string(let text): text
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    default: nil
    }
  }
}
