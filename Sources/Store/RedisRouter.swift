import Glibc

/// Finds the server of a slot, follows a cluster's redirections and its failovers. One thread.
///
/// hiredis knows single servers only; this is the rest: a map of the slots, read from CLUSTER SLOTS at the first use and
/// whenever a server says that it is wrong or does not answer.
final class RedisRouter {
  typealias Address = RedisConfiguration.Address

  /// Redirections followed for one request. A stale map costs one; a reshard with a failover in it, two or three.
  private static let attempts = 6
  /// Wait before asking again for keys that are just between two nodes; doubled each time: 60 ms in all.
  private static let firstPauseMs: UInt32 = 2

  private let configuration: RedisConfiguration
  private var nodes: [Address: RedisNode] = [:]
  private var map: SlotMap?
  /// Where the next refresh begins to ask, so that a node that hangs is not asked first for ever.
  private var turn = 0

  init(_ configuration: RedisConfiguration) { self.configuration = configuration }

  func node(_ address: Address) -> RedisNode {
    if let node = nodes[address] { return node }
    let node = RedisNode(configuration.at(address))
    nodes[address] = node
    return node
  }

  /// The map, read where there is none.
  func slots() throws(StoreError) -> SlotMap {
    if let map { return map }
    return try refresh(avoiding: nil)
  }

  func owner(of slot: Int) throws(StoreError) -> Address {
    if let address = try slots().owner(of: slot) { return address }
    if let address = try refresh(avoiding: nil).owner(of: slot) { return address }
    throw StoreError(
      .unavailable,
      "\(configuration.description): no node of the cluster holds slot \(slot); look at CLUSTER INFO on any of them")
  }

  /// Runs `body` on the server of `slot`, again where it was the wrong one.
  ///
  /// - Parameter followsAsk: whether `body` is about single keys, so that a node that a slot is moved to can answer.
  ///   Where it is not, the keys lie on two nodes: asked again for some milliseconds, then thrown.
  func run<R>(
    slot: Int, followsAsk: Bool = true, _ body: (RedisNode) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    var pauseMs = Self.firstPauseMs
    var failure: StoreError?
    for _ in 0..<Self.attempts {
      let address = try owner(of: slot)
      do {
        return try body(node(address))
      } catch {
        failure = error
        switch error.redirect {
        case .moved(let slot, let target): follow(slot: slot, to: target)
        case .ask(let target) where followsAsk: return try node(target).asking(body)
        case .ask, .tryAgain:
          usleep(pauseMs * 1_000)
          pauseMs *= 2
        case .notNow, nil:
          // A master that has become a replica keeps its connections: the name may lead to the new one by now.
          if error.redirect == .notNow { node(address).connection.close() }
          guard error.code == .unavailable, try hasMoved(slot, from: address) else { throw error }
        }
      }
    }
    throw failure ?? StoreError(.unavailable, configuration.description)
  }

  /// After an answer that never came: whether the cluster has made another node the slot's owner since.
  private func hasMoved(_ slot: Int, from address: Address) throws(StoreError) -> Bool {
    guard let map, map.isCluster, let fresh = try? refresh(avoiding: address) else { return false }
    return fresh.owner(of: slot) != nil && fresh.owner(of: slot) != address
  }

  /// Reads the map from the node that is said to own the slot; its word on this slot stands, whatever that map says.
  private func follow(slot: Int, to target: Address) {
    var fresh = (try? readMap(from: target)) ?? map ?? SlotMap(single: target)
    fresh.move(slot, to: target)
    adopt(fresh)
  }

  /// Asks the known nodes and the configured ones, one after the other, until one answers; not beyond the time that
  /// two connections may take.
  @discardableResult
  private func refresh(avoiding dead: Address?) throws(StoreError) -> SlotMap {
    var candidates: [Address] = []
    for address in (map?.addresses ?? []) + configuration.seeds where !candidates.contains(address) {
      if address != dead { candidates.append(address) }
    }
    turn += 1
    let deadline = RedisConnection.nowMs() + Int64(2 * configuration.connectTimeoutMs)
    var failure: StoreError?
    for place in candidates.indices {
      do {
        let fresh = try readMap(from: candidates[(place + turn) % candidates.count])
        adopt(fresh)
        return fresh
      } catch { if failure == nil || error.code != .unavailable { failure = error } }
      if RedisConnection.nowMs() >= deadline { break }
    }
    throw failure ?? StoreError(.unavailable, "\(configuration.description): no other node to ask")
  }

  private func readMap(from address: Address) throws(StoreError) -> SlotMap {
    let node = node(address)
    node.buffer.removeAll()
    node.buffer.command("CLUSTER", [Array("SLOTS".utf8)])
    switch try node.exchange()[0] {
    case .error(let text) where text.contains("cluster support disabled"):
      guard configuration.others.isEmpty else {
        throw StoreError(
          .configuration, "REDIS_URL names several hosts, but \(address.text) is no node of a cluster: name one host")
      }
      return SlotMap(single: address)
    case .error(let text): throw node.refused(text)
    case let reply:
      guard let map = SlotMap(reply: reply, source: address) else { throw node.unexpected("CLUSTER SLOTS") }
      return map
    }
  }

  /// Connections to nodes that are neither in the map nor configured are closed.
  private func adopt(_ fresh: SlotMap) {
    map = fresh
    let kept = Set(fresh.addresses + configuration.seeds)
    nodes = nodes.filter { kept.contains($0.key) }
  }
}
