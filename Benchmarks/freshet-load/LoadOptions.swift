/// What to send where, from the command line.
struct LoadOptions {
  var host = "127.0.0.1"
  var port: UInt16 = 8000
  var method = "POST"
  var path = "/recommend"
  var connections = 1
  var seconds = 5.0
  /// Requests before the figures begin: connections are made, caches are warm.
  var warmUp = 200
  /// Requests a second over all connections; 0 sends the next as soon as the answer is there.
  var rate = 0.0
  var body = BodyTemplate("")
  var headers: [String] = []
  var showsFirst = false

  static let help = """
    freshet-load: requests over connections that stay open, and how long each took.

      freshet-load /recommend --body '{"user_id": {random:943}, "k": 20, "use_cache": false}'
      freshet-load /events --connections 8 --body '{"type":"click","user":{random:943},"item":{random:1682}}'

    usage: freshet-load [PATH] [FLAG VALUE]...
      --host ADDRESS     IPv4 address (127.0.0.1)
      --port N           (8000)
      --method NAME      (POST with a body, else GET)
      --body TEXT        {random:N} becomes a number from 1 to N, {count} the number of the request
      --header LINE      a header line more, for example "Authorization: Bearer key"
      --connections N    (1)
      --seconds N        (5)
      --warm-up N        requests that are sent before and not counted (200)
      --rate N           requests a second in all, each timed from when it was due; 0: as fast as answers come (0)
      --show             print the first answer

    """

  /// - Throws: `LoadError` that names the flag.
  init(_ arguments: [String]) throws(LoadError) {
    var rest = arguments[...]
    var namesMethod = false
    while let word = rest.popFirst() {
      if word == "--show" {
        showsFirst = true
        continue
      }
      guard word.hasPrefix("--") else {
        path = word
        continue
      }
      guard let value = rest.popFirst() else { throw LoadError("\(word) needs a value") }
      switch word {
      case "--host": host = value
      case "--port": port = UInt16(try Self.number(value, word, 1...65_535))
      case "--method":
        method = value
        namesMethod = true
      case "--body": body = BodyTemplate(value)
      case "--header": headers.append(value)
      case "--connections": connections = Int(try Self.number(value, word, 1...512))
      case "--seconds": seconds = try Self.number(value, word, 0.1...3_600)
      case "--warm-up": warmUp = Int(try Self.number(value, word, 0...1_000_000))
      case "--rate": rate = try Self.number(value, word, 0...1_000_000)
      default: throw LoadError("unknown flag \(word): see --help")
      }
    }
    if !namesMethod { method = body.isEmpty ? "GET" : "POST" }
  }

  private static func number(
    _ text: String, _ flag: String, _ range: ClosedRange<Double>
  ) throws(LoadError) -> Double {
    guard let value = Double(text), range.contains(value) else {
      throw LoadError("\(flag) \(text): give a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}

struct LoadError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
