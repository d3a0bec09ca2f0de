import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Who the users are, in the layouts that say so.
@Suite struct MovieLensUsersTests {
  private func folder(_ files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }
    return folder
  }

  private func values(_ profile: UserProfile) -> [String] { profile.attributes.map { "\($0.name)=\($0.value)" } }

  private static let ratings = "7::1::5::100\n3::1::2::90\n9::1::4::110\n"
  private static let movies = "1::Heat (1995)::Crime\n"

  @Test func usersAreReadInTheOrderOfTheRatings() throws {
    let folder = try folder([
      "ratings.dat": Self.ratings, "movies.dat": Self.movies,
      "users.dat": "3::M::56::16::70072\n4::F::1::10::48067\n7::F::25::15::55117\n",
    ])
    let set = try MovieLensDataset(folder: folder.path)
    #expect(set.userIDs.map(\.text) == ["7", "3", "9"])
    #expect(
      set.profiles.map(values) == [
        ["age_from=25", "gender=F", "occupation=15"], ["age_from=56", "gender=M", "occupation=16"], [],
      ])
  }

  /// In years, and in another order of fields.
  @Test func theTabLayoutHasItsOwnFile() throws {
    let folder = try folder([
      "u.data": "1\t1\t5\t100\n", "u.item": "1|Heat (1995)|01-Jan-1995||http://x|0|1\n",
      "u.genre": "unknown|0\nCrime|1\n",
      "u.user": "1|24|M|technician|85711\n",
    ])
    #expect(
      try MovieLensDataset(folder: folder.path).profiles.map(values) == [
        ["age_from=18", "gender=M", "occupation=technician"]
      ])
  }

  @Test func withoutTheFileNobodyIsKnown() throws {
    let folder = try folder(["ratings.dat": Self.ratings, "movies.dat": Self.movies])
    #expect(try MovieLensDataset(folder: folder.path).profiles == Array(repeating: UserProfile(), count: 3))
  }

  @Test func aDamagedLineIsNamed() throws {
    let folder = try folder([
      "ratings.dat": Self.ratings, "movies.dat": Self.movies, "users.dat": "3::M::56::16::70072\n7::F::old::15::1\n",
    ])
    let error = #expect(throws: DatasetError.self) { try MovieLensDataset(folder: folder.path) }
    #expect("\(try #require(error))".contains("users.dat") && error?.line == 2)
  }
}
