/// Finds the route for a method and a path. Immutable.
struct Router: Sendable {
  enum Segment: Hashable {
    case literal(String)
    case parameter(String)
  }

  /// Everything that answers on one path.
  struct Entry {
    let pattern: String
    let segments: [Segment]
    var routes: [HTTPMethod: Int] = [:]
    /// The methods, for `Allow`.
    var allowed = ""
  }

  enum Match {
    case route(Int, parameters: [(name: String, value: String)])
    case otherMethod(allowed: String)
    case none
  }

  private var entries: [Entry] = []
  /// Paths without parameters, straight to their entry.
  private var literals: [String: Int] = [:]

  /// - Precondition: paths begin with "/", and no method is given twice for one path.
  init(_ routes: [(method: HTTPMethod, path: String)]) {
    for (index, route) in routes.enumerated() {
      precondition(route.path.hasPrefix("/"), "the route's path \"\(route.path)\" must begin with \"/\"")
      let entry = entries.firstIndex { $0.pattern == route.path } ?? add(route.path)
      let taken = entries[entry].routes.updateValue(index, forKey: route.method)
      precondition(taken == nil, "two routes for \(route.method) \(route.path)")
    }
    for index in entries.indices {
      if let get = entries[index].routes[.get], entries[index].routes[.head] == nil {
        entries[index].routes[.head] = get
      }
      entries[index].allowed = entries[index].routes.keys.map(\.rawValue).sorted().joined(separator: ", ")
    }
    // What is written out wins over what is named, wherever it was declared.
    let order = entries.indices.sorted { Self.parameters(entries[$0]) < Self.parameters(entries[$1]) }
    entries = order.map { entries[$0] }
    for (index, entry) in entries.enumerated() where Self.parameters(entry) == 0 { literals[entry.pattern] = index }
  }

  private mutating func add(_ pattern: String) -> Int {
    let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part -> Segment in
      guard part.hasPrefix("{"), part.hasSuffix("}"), part.count > 2 else { return .literal(String(part)) }
      return .parameter(String(part.dropFirst().dropLast()))
    }
    entries.append(Entry(pattern: pattern, segments: segments))
    return entries.count - 1
  }

  private static func parameters(_ entry: Entry) -> Int {
    entry.segments.count { if case .parameter = $0 { true } else { false } }
  }

  /// - Complexity: O(1) for a path without parameters and escapes, else O(patterns * segments).
  func match(_ method: HTTPMethod, _ target: RequestTarget) -> Match {
    if let literal = literals[target.path] { return choose(method, entries[literal], parameters: []) }
    for entry in entries {
      if let parameters = Self.bind(entry.segments, target.segments) {
        return choose(method, entry, parameters: parameters)
      }
    }
    return .none
  }

  private func choose(_ method: HTTPMethod, _ entry: Entry, parameters: [(name: String, value: String)]) -> Match {
    guard let index = entry.routes[method] else { return .otherMethod(allowed: entry.allowed) }
    return .route(index, parameters: parameters)
  }

  private static func bind(_ pattern: [Segment], _ segments: [String]) -> [(name: String, value: String)]? {
    guard pattern.count == segments.count else { return nil }
    var bound: [(name: String, value: String)] = []
    for (expected, segment) in zip(pattern, segments) {
      switch expected {
      case .literal(let text): if text != segment { return nil }
      // An empty id is no id: "/items/" is another path.
      case .parameter(let name): if segment.isEmpty { return nil } else { bound.append((name, segment)) }
      }
    }
    return bound
  }
}
