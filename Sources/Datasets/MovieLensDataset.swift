import Identity

/// A film of a MovieLens set.
public struct MovieLensItem: Sendable, Equatable {
  public let id: EntityID
  public let title: String
  public let genres: [String]
  /// From the last `(yyyy` in the title; nil where it has none.
  public let year: Int?
}

/// A MovieLens data set in memory: films in the order of their file, ratings in the order of time.
public struct MovieLensDataset: Sendable {
  public let items: [MovieLensItem]
  /// In the order of first appearance in the ratings file.
  public let userIDs: [EntityID]
  /// One for each of `userIDs`; empty where the set says nothing of its users.
  public let profiles: [UserProfile]
  public let ratings: RatingLog

  /// Reads the set in `folder`, in whichever of the layouts it is.
  /// - Throws: `DatasetError` with file and line, for the first thing that is not as the layout has it.
  /// - Complexity: one pass over each file, and a sort of the ratings.
  public init(folder: String) throws(DatasetError) {
    let layout = try MovieLensLayout.detect(in: folder)
    var positions = KeyTable(minimumCapacity: 4_096)
    items = try Self.readItems(folder: folder, layout: layout, positions: &positions)
    var users = KeyTable(minimumCapacity: 4_096)
    var ids: [EntityID] = []
    var log = RatingLog()
    try Self.readRatings(
      path: folder + "/" + layout.ratingsFile, layout: layout, items: positions, users: &users, ids: &ids, log: &log)
    log.sortByTime()
    userIDs = ids
    profiles = try MovieLensUsers.read(folder: folder, layout: layout, users: users, count: ids.count)
    ratings = log
  }

  /// - Precondition: the log's positions lie within `items` and `userIDs`, and its events are in the order of time.
  init(items: [MovieLensItem], userIDs: [EntityID], ratings: RatingLog) {
    self.items = items
    self.userIDs = userIDs
    profiles = Array(repeating: UserProfile(), count: userIDs.count)
    self.ratings = ratings
  }

  private static func readItems(
    folder: String, layout: MovieLensLayout, positions: inout KeyTable
  ) throws(DatasetError) -> [MovieLensItem] {
    let genreNames = layout == .tabs ? try readGenreNames(folder: folder) : []
    var reader = try MovieLensLineReader(path: folder + "/" + layout.moviesFile)
    var fields: [Range<Int>] = []
    var items: [MovieLensItem] = []
    while let line = try reader.next() {
      if line.isEmpty || (layout.hasHeader && reader.line == 1) { continue }
      layout.split(line, forRatings: false, into: &fields)
      func field(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: line[fields[index]]) }
      guard fields.count >= 3, let id = MovieLensNumber.integer(field(0)) else {
        throw reader.fault("expected an item's number, its title and its genres")
      }
      guard positions.find(UInt64(id)) == nil else { throw reader.fault("item \(id) twice") }
      let title = layout.text(field(1))
      let genres: [String]
      if layout == .tabs {
        guard fields.count == 5 + genreNames.count else {
          throw reader.fault(
            "\(fields.count) fields, expected \(5 + genreNames.count): one flag for each line of u.genre")
        }
        genres = genreNames.indices.filter { field(5 + $0).first == 49 }.map { genreNames[$0] }
      } else {
        genres = layout.text(field(2)).split(separator: "|").map(String.init)
      }
      positions.set(UInt64(id), Int32(items.count))
      items.append(MovieLensItem(id: EntityID(id), title: title, genres: genres, year: year(inTitle: title)))
    }
    return items
  }

  private static func readGenreNames(folder: String) throws(DatasetError) -> [String] {
    var reader = try MovieLensLineReader(path: folder + "/u.genre")
    var names: [String] = []
    while let line = try reader.next() {
      let name = MovieLensLayout.tabs.text(UnsafeRawBufferPointer(rebasing: line.prefix { $0 != 124 }))
      if !name.isEmpty { names.append(name) }
    }
    return names
  }

  private static func readRatings(
    path: String, layout: MovieLensLayout, items: borrowing KeyTable, users: inout KeyTable, ids: inout [EntityID],
    log: inout RatingLog
  ) throws(DatasetError) {
    var reader = try MovieLensLineReader(path: path)
    var fields: [Range<Int>] = []
    while let line = try reader.next() {
      if line.isEmpty || (layout.hasHeader && reader.line == 1) { continue }
      layout.split(line, forRatings: true, into: &fields)
      func field(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: line[fields[index]]) }
      guard fields.count >= 4, let user = MovieLensNumber.integer(field(0)),
        let item = MovieLensNumber.integer(field(1)), let stars = MovieLensNumber.decimal(field(2)),
        let time = MovieLensNumber.decimal(field(3))
      else { throw reader.fault("expected user, item, rating and timestamp, all numbers") }
      guard let position = items.find(UInt64(item)) else {
        throw reader.fault("item \(item) is not in \(layout.moviesFile)")
      }
      guard stars < 256 / Double(RatingLog.stepsPerStar) else { throw reader.fault("rating \(stars) is above 7.9") }
      guard time <= Double(UInt32.max) else { throw reader.fault("timestamp \(time) is not in seconds since 1970") }
      let known = users.find(UInt64(user))
      if known == nil {
        users.set(UInt64(user), Int32(ids.count))
        ids.append(EntityID(user))
      }
      log.users.append(known ?? Int32(ids.count - 1))
      log.items.append(position)
      log.starSteps.append(UInt8((stars * Double(RatingLog.stepsPerStar)).rounded(.down)))
      log.seconds.append(UInt32(time))
    }
  }

  /// The number behind the last "(" that four digits follow.
  static func year(inTitle title: String) -> Int? {
    let bytes = Array(title.utf8)
    var found: Int?
    for open in bytes.indices where bytes[open] == 40 && open + 4 < bytes.count {
      let digits = bytes[(open + 1)...(open + 4)]
      guard digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { continue }
      found = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
    return found
  }
}
