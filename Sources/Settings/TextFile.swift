import Glibc

/// Largest settings file: a hundred times what there is to say.
private let maximumFileBytes = 1 << 20

/// Reads a settings file.
/// - Throws: the path and the system's reason.
public func readTextFile(_ path: String) throws(SettingsProblem) -> String {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw SettingsProblem("cannot read \(path): \(String(cString: strerror(errno)))") }
  defer { close(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 64 << 10)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count == 0 { break }
    guard count > 0 else { throw SettingsProblem("cannot read \(path): \(String(cString: strerror(errno)))") }
    bytes += chunk[..<count]
    guard bytes.count <= maximumFileBytes else {
      throw SettingsProblem("\(path) is larger than \(maximumFileBytes) bytes: not a settings file")
    }
  }
  guard let text = String(validating: bytes, as: UTF8.self) else { throw SettingsProblem("\(path) is not UTF-8") }
  return text
}

/// The process's environment.
public func processEnvironment() -> [String: String] {
  var variables: [String: String] = [:]
  var next = environ
  while let entry = next.pointee {
    let text = String(cString: entry)
    if let mark = text.firstIndex(of: "=") {
      variables[String(text[..<mark])] = String(text[text.index(after: mark)...])
    }
    next += 1
  }
  return variables
}
