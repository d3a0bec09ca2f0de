import HTTP
import Identity
import JSON

/// What `POST /recommend` and `GET /recommend/{user_id}` ask for.
struct RecommendQuery {
  private static let fields = ["user_id", "k", "use_cache", "include_seen", "exclude", "filter"]
  private static let filterFields = ["genres", "categories", "min_year", "max_year", "max_price", "available"]
  private static let parameters = ["k", "use_cache", "include_seen"]
  private static let years = -10_000...10_000

  var user: EntityID
  var count: Int
  var usesCache = true
  var includesSeen = false
  var excluded: [ItemKey] = []
  var filter = ItemFilter()

  /// Reads a body.
  init(body: [UInt8], defaultCount: Int) throws(HTTPError) {
    let fields = try RequestFields(body: body, known: Self.fields)
    guard let user = try fields.id("user_id") else {
      throw .badRequest("user_id is missing; it is a string or an integer", code: "missing_field", field: "user_id")
    }
    self.user = user
    count = try fields.integer("k", 1...ServingConfiguration.maximumCount) ?? defaultCount
    usesCache = try fields.flag("use_cache") ?? true
    includesSeen = try fields.flag("include_seen") ?? false
    for value in try fields.array("exclude", limit: ServingConfiguration.maximumExcluded) ?? [] {
      excluded.append(ItemKey(try fields.id(value, "exclude")))
    }
    if let value = fields["filter"] { filter = try Self.filter(value) }
  }

  /// Reads path and query.
  init(_ request: HTTPRequest, defaultCount: Int) throws(HTTPError) {
    try QueryParameters.check(request, known: Self.parameters)
    user = try RequestFields.pathID(request.pathParameter("user_id"), field: "user_id")
    count = try QueryParameters.integer(request, "k", 1...ServingConfiguration.maximumCount) ?? defaultCount
    usesCache = try QueryParameters.flag(request, "use_cache") ?? true
    includesSeen = try QueryParameters.flag(request, "include_seen") ?? false
  }

  private static func filter(_ value: JSONValue) throws(HTTPError) -> ItemFilter {
    let fields = try RequestFields(value, known: filterFields, prefix: "filter.")
    var filter = ItemFilter()
    var genres: Set<String> = []
    for name in ["genres", "categories"] {
      for genre in try fields.array(name, limit: ServingConfiguration.maximumFilterGenres) ?? [] {
        guard let text = genre.stringValue, text.utf8.count <= EntityID.maximumBytes else {
          throw fields.wrong(name, "filter.\(name) must hold strings of at most \(EntityID.maximumBytes) bytes")
        }
        genres.insert(text.lowercased())
      }
    }
    filter.genres = genres.sorted()
    filter.minimumYear = try fields.integer("min_year", years)
    filter.maximumYear = try fields.integer("max_year", years)
    if let first = filter.minimumYear, let last = filter.maximumYear, first > last {
      throw fields.wrong("min_year", "filter.min_year (\(first)) is after filter.max_year (\(last))")
    }
    filter.maximumPrice = try fields.number("max_price", 0...Double.greatestFiniteMagnitude)
    if let available = try fields.flag("available") {
      guard available else {
        throw fields.wrong("available", "filter.available can only be true: other items are never recommended")
      }
      filter.mustBeAvailable = true
    }
    return filter
  }
}

/// Query parameters, as strictly as fields.
enum QueryParameters {
  static func check(_ request: HTTPRequest, known: [String]) throws(HTTPError) {
    let names = request.queryParameterNames
    for (place, name) in names.enumerated() {
      guard known.contains(name) else { throw RequestFields.unknown(name, among: known, kind: "parameter") }
      if names[..<place].contains(name) { throw .badRequest("the parameter \(name) stands twice", field: name) }
    }
  }

  static func integer(_ request: HTTPRequest, _ name: String, _ range: ClosedRange<Int>) throws(HTTPError) -> Int? {
    guard let text = request.queryParameter(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw .badRequest("\(name) must be an integer from \(range.lowerBound) to \(range.upperBound)", field: name)
    }
    return value
  }

  static func flag(_ request: HTTPRequest, _ name: String) throws(HTTPError) -> Bool? {
    switch request.queryParameter(name) {
    case nil: return nil
    case "true", "1": return true
    case "false", "0": return false
    default: throw .badRequest("\(name) must be true or false", field: name)
    }
  }
}
