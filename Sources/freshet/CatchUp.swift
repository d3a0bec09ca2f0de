import Glibc
import Lifecycle
import Replica
import Telemetry

/// Stands before the server in the order of services: the port opens when the process knows what there is to know, so
/// that a balancer that only looks at the port sends nobody to an empty process.
///
/// Waits no longer than `limit`: with Redis or Kafka away, answers that say what is missing are better than none.
final class CatchUp: Service {
  /// Learning the applied entries behind a snapshot takes well under a second; a snapshot is loaded before.
  private static let limit = Duration.seconds(5)
  private static let checkMicroseconds: UInt32 = 5_000

  let name = "catch-up"
  private let follower: ItemFollower
  private let log = Logger("items")

  init(_ follower: ItemFollower) { self.follower = follower }

  func start() throws {
    let deadline = Deadline(after: Self.limit)
    while !follower.followed.isCaughtUp, follower.followed.storeProblem == nil {
      if deadline.hasPassed {
        log.warning("not caught up yet; answers begin without what is missing")
        return
      }
      usleep(Self.checkMicroseconds)
    }
  }

  func run() throws {}
  func stop(by deadline: Deadline) {}
}
