import Datasets
import Identity

/// One event of a feed, before it is written.
struct FeedEvent {
  var user: Int
  var item: Int
  var value: Double
  /// As the data set has it.
  var timeMs: Int64
}

/// What is fed: a data set's items and events in the order of time.
struct FeedSource: Sendable {
  let name: String
  let items: [FeedItem]
  let userIDs: [EntityID]
  let count: Int
  let event: @Sendable (Int) -> FeedEvent
}

/// An item as the `items` topic describes it.
struct FeedItem {
  var id: EntityID
  var title: String
  var genres: [String]
  var year: Int?
}

extension FeedSource {
  init(_ dataset: MovieLensDataset, name: String) {
    self.name = name
    items = dataset.items.map { FeedItem(id: $0.id, title: $0.title, genres: $0.genres, year: $0.year) }
    userIDs = dataset.userIDs
    count = dataset.ratings.count
    event = { number in
      let ratings = dataset.ratings
      return FeedEvent(
        user: Int(ratings.users[number]), item: Int(ratings.items[number]), value: Double(ratings.stars(number)),
        timeMs: Int64(ratings.seconds[number]) * 1_000)
    }
  }
}
