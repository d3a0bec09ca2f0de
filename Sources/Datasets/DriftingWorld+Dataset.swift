import Glibc
import Identity

extension DriftingWorld {
  /// The whole world as a data set of ratings in half stars, every event a rating of what its user thought. Whole seconds,
  /// as MovieLens has them.
  public func dataset() -> MovieLensDataset {
    var log = RatingLog()
    var users: [EntityID] = []
    var positions: [Int: Int32] = [:]
    for case .event(let event) in self {
      let position = positions[event.user] ?? Int32(users.count)
      if Int(position) == users.count {
        positions[event.user] = position
        users.append(EntityID(Int64(event.user + 1)))
      }
      log.users.append(position)
      log.items.append(Int32(event.item))
      log.starSteps.append(UInt8(event.stars * RatingLog.stepsPerStar))
      log.seconds.append(UInt32(event.timeMs / 1_000))
    }
    let described = items.map { item in
      MovieLensItem(
        id: EntityID(Int64(item.number + 1)), title: "\(item.title) (\(item.year))", genres: item.genres,
        year: item.year)
    }
    return MovieLensDataset(items: described, userIDs: users, ratings: log)
  }

  /// Writes the world in the layout of MovieLens' newer sets: ratings.csv and movies.csv.
  /// - Throws: `DatasetError` naming the file that cannot be written.
  public func write(toFolder folder: String) throws(DatasetError) {
    let data = dataset()
    try Self.write(folder + "/movies.csv", header: "movieId,title,genres", count: data.items.count) { place in
      let item = data.items[place]
      return "\(item.id.text),\(item.title),\(item.genres.joined(separator: "|"))"
    }
    let ratings = data.ratings
    try Self.write(folder + "/ratings.csv", header: "userId,movieId,rating,timestamp", count: ratings.count) { place in
      let user = data.userIDs[Int(ratings.users[place])].text
      let item = data.items[Int(ratings.items[place])].id.text
      return "\(user),\(item),\(ratings.stars(place)),\(ratings.seconds[place])"
    }
  }

  private static func write(
    _ path: String, header: String, count: Int, line: (Int) -> String
  ) throws(DatasetError) {
    guard let file = fopen(path, "w") else {
      throw DatasetError(file: path, message: "cannot be written: \(String(cString: strerror(errno)))")
    }
    var isWritten = fputs(header + "\n", file) >= 0
    for place in 0..<count where isWritten { isWritten = fputs(line(place) + "\n", file) >= 0 }
    guard fclose(file) == 0, isWritten else {
      throw DatasetError(file: path, message: "was not written completely: \(String(cString: strerror(errno)))")
    }
  }
}
