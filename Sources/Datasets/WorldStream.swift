import Glibc

/// The running world: yields items as they launch and events as they happen, in the order of time.
///
/// A value; a copy goes on from the same moment in the same way.
public struct WorldStream: IteratorProtocol {
  /// A session has 1 + floor(7 * an exponential) events, 1 + 1 / (e^(1/7) - 1) on average.
  private static let sessionScale = 7.0
  private static let sessionLength = 7.512
  private static let sessionGapMs = 45_000.0
  /// How much longer the world would last for its quiet hours: the mean of 1 / (1 + sin / 2) is 2 / sqrt(3).
  private static let quietFactor = 1.1547
  /// Items that a user chooses among.
  private static let exposed = 24
  /// How strongly the next item of a session resembles the last.
  static let coherence: Float = 0.5
  private static let botShare: Float = 0.2
  private static let botItems = 5

  public let world: DriftingWorld
  private var random: SimulatorRandom
  private(set) var users: WorldUsers
  private(set) var exposure: WorldExposure
  private var sessions = SessionQueue()
  private var met: MetItems
  private var nextSessionMs = Double(DriftingWorld.startMs)
  private var emitted = 0
  /// Items that have launched, and the event behind them.
  private var waiting: [Int] = []
  private var pending: WorldEvent?
  private var phase = WorldPhase()
  /// Who chose last, behind which item (-1 at the start of a session), and when; nil for a bot.
  private(set) var context: (user: Int, last: Int, nowMs: Int64)?

  init(_ world: DriftingWorld) {
    self.world = world
    random = SimulatorRandom(seed: world.seed ^ 0x5EED)
    users = WorldUsers(count: world.userCount, &random)
    exposure = WorldExposure(world)
    met = MetItems(capacity: world.eventCount)
    waiting = exposure.advance(to: DriftingWorld.startMs, &random).reversed()
  }

  /// Share of the world's events that have happened.
  public var share: Double { Double(emitted) / Double(world.eventCount) }

  public mutating func next() -> WorldElement? {
    if let item = waiting.popLast() { return .item(world.items[item]) }
    if let event = pending {
      pending = nil
      return .event(event)
    }
    guard emitted < world.eventCount else { return nil }
    fillSessions()
    guard var session = sessions.pop() else { return nil }
    let nowMs = Int64(session.timeMs)
    applyDrifts()
    let launched = exposure.advance(to: nowMs, &random)
    let event = isBot() ? bot(nowMs) : choice(&session, nowMs)
    session.left -= 1
    session.timeMs += Self.sessionGapMs * random.exponential()
    if session.left > 0 { sessions.push(session) }
    emitted += 1
    guard !launched.isEmpty else { return .event(event) }
    // Items are described before anybody meets them.
    pending = event
    waiting = launched.reversed()
    return next()
  }

  /// Starts sessions until one lies ahead of the earliest running one.
  private mutating func fillSessions() {
    let perSession =
      Double(DriftingWorld.durationMs) / Self.quietFactor / (Double(world.eventCount) / Self.sessionLength)
    while sessions.firstMs.map({ nextSessionMs <= $0 }) ?? true {
      let share = (nextSessionMs - Double(DriftingWorld.startMs)) / Double(DriftingWorld.durationMs)
      let length = 1 + Int(random.exponential() * Self.sessionScale)
      sessions.push(Session(timeMs: nextSessionMs, user: users.draw(at: share, &random), left: length))
      // Evenings are three times as busy as nights.
      let hour = (nextSessionMs - Double(DriftingWorld.startMs)) / 3_600_000
      let busy = 1 + 0.5 * sin(2 * Double.pi * (hour - 14) / 24)
      nextSessionMs += perSession * random.exponential() / busy
    }
  }

  private mutating func applyDrifts() {
    let new = WorldPhase(world.drifts, at: share)
    guard new != phase else { return }
    if new.rotations > phase.rotations { users.rotate(&random) }
    if new.trend != phase.trend || new.season != phase.season {
      exposure.set(genreWeights: DriftingWorld.genreNames.indices.map { new.weight(genre: $0) })
    }
    phase = new
  }

  private mutating func isBot() -> Bool { phase.hasBots && random.unit() < Self.botShare }

  /// Automata have numbers behind the users'.
  private mutating func bot(_ nowMs: Int64) -> WorldEvent {
    context = nil
    let user = world.userCount + random.below(max(1, world.userCount / 50))
    let item = random.below(Self.botItems) * world.items.count / Self.botItems
    return WorldEvent(user: user, item: item, type: "like", value: nil, timeMs: nowMs, stars: 5, isBot: true)
  }

  private mutating func choice(_ session: inout Session, _ nowMs: Int64) -> WorldEvent {
    context = (session.user, session.last, nowMs)
    var best = -1
    var bestScore = -Float.infinity
    for _ in 0..<Self.exposed {
      let item = exposure.draw(nowMs, &random)
      guard !met.contains(session.user, item) else { continue }
      // The largest of utility + Gumbel noise is a draw from the softmax.
      let noise = -logf(-logf(max(random.unit(), 1e-7)))
      let score = utility(session.user, item, last: session.last) + noise
      if score > bestScore {
        bestScore = score
        best = item
      }
    }
    if best < 0 { best = exposure.draw(nowMs, &random) }
    met.insert(session.user, best)
    session.last = best
    return event(session.user, best, nowMs)
  }

  /// What draws `user` to `item`, beside chance.
  func utility(_ user: Int, _ item: Int, last: Int) -> Float {
    let width = DriftingWorld.width
    return world.vectors.withUnsafeBufferPointer { vectors in
      users.tastes.withUnsafeBufferPointer { tastes in
        var sum = world.qualities[item] - users.thrift[user] * world.logPrices[item]
        for place in 0..<width { sum += tastes[user * width + place] * vectors[item * width + place] }
        if last >= 0 {
          var likeness: Float = 0
          for place in 0..<width { likeness += vectors[last * width + place] * vectors[item * width + place] }
          sum += Self.coherence * likeness
        }
        return sum
      }
    }
  }

  private mutating func event(_ user: Int, _ item: Int, _ nowMs: Int64) -> WorldEvent {
    let liking = 2.6 + 0.55 * utility(user, item, last: -1) + 0.5 * random.normal()
    let stars = max(1, min(10, (2 * liking).rounded())) / 2
    let kind = random.unit()
    let type: String
    var value: Double?
    if kind < 0.5 {
      type = "rating"
      value = Double(stars)
    } else if stars >= 4 {
      type = kind < 0.7 ? "purchase" : (kind < 0.85 ? "like" : "click")
      if type == "purchase" { value = world.items[item].price }
    } else {
      type = kind < 0.75 ? "view" : (kind < 0.9 ? "click" : "skip")
    }
    return WorldEvent(user: user, item: item, type: type, value: value, timeMs: nowMs, stars: stars, isBot: false)
  }
}
