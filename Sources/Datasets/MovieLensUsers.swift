import Glibc
import Identity

/// What a user said of himself when he registered: known before his first rating.
public struct UserProfile: Sendable, Equatable {
  public struct Attribute: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  public var attributes: [Attribute] = []

  public init() {}
}

/// The users' file that some of the sets have: users.dat (id, gender, age, occupation, ...) or u.user (id, age, gender,
/// occupation, ...). Postal codes are left out: nearly each has but one user.
enum MovieLensUsers {
  /// First years of MovieLens-1M's age groups. MovieLens-100K has years: a group of one year has few users.
  private static let ageGroups = [0, 18, 25, 35, 45, 50, 56]

  /// - Parameter users: place of each id in the result.
  /// - Returns: one profile for each of `count` users, empty for those that the file does not have; all empty where there
  ///   is no file.
  /// - Throws: `DatasetError` with file and line for what is no user.
  static func read(
    folder: String, layout: MovieLensLayout, users: borrowing KeyTable, count: Int
  ) throws(DatasetError) -> [UserProfile] {
    var profiles = [UserProfile](repeating: UserProfile(), count: count)
    guard let name = layout.usersFile, access(folder + "/" + name, R_OK) == 0 else { return profiles }
    var reader = try MovieLensLineReader(path: folder + "/" + name)
    var fields: [Range<Int>] = []
    while let line = try reader.next() {
      if line.isEmpty { continue }
      layout.split(line, forRatings: false, into: &fields)
      func field(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: line[fields[index]]) }
      let (gender, age) = layout == .tabs ? (2, 1) : (1, 2)
      guard fields.count >= 4, let id = MovieLensNumber.integer(field(0)),
        let years = MovieLensNumber.integer(field(age))
      else { throw reader.fault("expected a user's number, gender, age and occupation") }
      guard let user = users.find(UInt64(id)) else { continue }
      profiles[Int(user)].attributes = [
        .init(name: "age_from", value: "\(ageGroups.last { $0 <= years } ?? 0)"),
        .init(name: "gender", value: layout.text(field(gender))),
        .init(name: "occupation", value: layout.text(field(3))),
      ]
    }
    return profiles
  }
}
