import Datasets
import Identity
import State

/// A data set's ratings as the interactions that production would decode from them.
struct ReplayedEvents {
  let dataset: MovieLensDataset
  let itemKeys: [ItemKey]
  let userHashes: [UInt64]

  init(_ dataset: MovieLensDataset) {
    self.dataset = dataset
    itemKeys = dataset.items.map { ItemKey($0.id) }
    userHashes = dataset.userIDs.map(\.hash64)
  }

  var count: Int { dataset.ratings.count }
  func user(_ event: Int) -> Int { Int(dataset.ratings.users[event]) }
  func item(_ event: Int) -> Int { Int(dataset.ratings.items[event]) }
  func isPositive(_ event: Int) -> Bool { dataset.ratings.stars(event) >= EvaluationProtocol.positiveStars }
  func timeMs(_ event: Int) -> Int64 { Int64(dataset.ratings.seconds[event]) * 1_000 }

  func interaction(_ event: Int) -> Interaction {
    Interaction(
      item: itemKeys[item(event)], typeCode: Interaction.ratingCode, signal: isPositive(event) ? .positive : .negative,
      grade: Grade(dataset.ratings.stars(event)), timeMs: timeMs(event))
  }

  /// Users say who they are when they register, before their first event.
  func register(_ users: inout [UserRecord]) {
    for (user, profile) in dataset.profiles.enumerated() {
      for attribute in profile.attributes { users[user].setAttribute(attribute.name, .text(attribute.value)) }
    }
  }

  /// Describes every item of the catalogue, in the order of the items' file: ties in score then go to the item that
  /// comes first in it.
  func describeCatalogue(_ state: ItemState) {
    for item in dataset.items {
      var metadata = ItemMetadata(title: item.title)
      metadata.genres = item.genres
      metadata.year = item.year
      state.describe(item.id, metadata)
    }
    state.publishCatalogue()
  }
}
