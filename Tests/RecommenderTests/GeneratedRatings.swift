import Foundation

/// A small MovieLens set in a temporary folder: users with two tastes, seeded.
struct GeneratedRatings {
  struct Rating: Equatable {
    var user: Int
    var item: Int
    var stars: Int
    var seconds: Int
  }

  var ratings: [Rating]
  let items: Int

  init(users: Int, items: Int, count: Int, seed: Int) {
    self.items = items
    ratings = []
    var random = SeededGenerator(seed: seed)
    var met: Set<Int> = []
    var seconds = 900_000_000
    while ratings.count < count {
      let user = Int.random(in: 0..<users, using: &random)
      // Users come in visits of a few ratings.
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let item = Int.random(in: 0..<items, using: &random)
        guard met.insert(user * items + item).inserted else { continue }
        seconds += Int.random(in: 0...40, using: &random)
        let matches = item.isMultiple(of: 2) == user.isMultiple(of: 2)
        let stars = matches ? Int.random(in: 3...5, using: &random) : Int.random(in: 1...4, using: &random)
        ratings.append(Rating(user: user + 1, item: item + 1, stars: stars, seconds: seconds))
      }
    }
  }

  /// Writes the `::` layout, calls `body` with the folder, and removes it.
  func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "freshet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let movies = (1...items).map {
      "\($0)::Film \($0) (\(1960 + $0 % 40))::\($0.isMultiple(of: 2) ? "Drama" : "Comedy|War")"
    }
    try Data(movies.joined(separator: "\n").utf8).write(to: folder.appending(path: "movies.dat"))
    let users = Set(ratings.map(\.user)).sorted().map {
      "\($0)::\($0.isMultiple(of: 2) ? "F" : "M")::\(18 + $0 % 40)::\($0 % 7)::00000"
    }
    try Data(users.joined(separator: "\n").utf8).write(to: folder.appending(path: "users.dat"))
    let lines = ratings.map { "\($0.user)::\($0.item)::\($0.stars)::\($0.seconds)" }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: folder.appending(path: "ratings.dat"))
    return try body(folder.path)
  }
}
