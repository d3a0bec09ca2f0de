/// Which server holds which slot. A single server holds all of them.
struct SlotMap {
  typealias Address = RedisConfiguration.Address

  let isCluster: Bool
  /// The masters.
  private(set) var addresses: [Address]
  /// Index into `addresses` for each slot; -1 where nobody holds it.
  private var owners: [Int16]

  /// A server by itself.
  init(single address: Address) {
    isCluster = false
    addresses = [address]
    owners = [Int16](repeating: 0, count: HashSlot.count)
  }

  /// Reads CLUSTER SLOTS, as `source` answered it: `[[first, last, [host, port, ...], replicas...], ...]`. Nil where the
  /// reply is not that.
  init?(reply: RedisReply, source: Address) {
    guard case .array(let ranges) = reply else { return nil }
    isCluster = true
    addresses = []
    owners = [Int16](repeating: -1, count: HashSlot.count)
    for range in ranges {
      guard case .array(let parts) = range, parts.count >= 3, case .integer(let first) = parts[0],
        case .integer(let last) = parts[1], first >= 0, first <= last, last < Int64(HashSlot.count),
        case .array(let master) = parts[2], master.count >= 2, case .integer(let port) = master[1],
        let port = UInt16(exactly: port), let address = Self.address(host: master[0].text, port: port, source: source)
      else { return nil }
      let owner = index(of: address)
      for slot in Int(first)...Int(last) { owners[slot] = owner }
    }
  }

  func owner(of slot: Int) -> Address? { owners[slot] < 0 ? nil : addresses[Int(owners[slot])] }

  mutating func move(_ slot: Int, to address: Address) { owners[slot] = index(of: address) }

  /// How many slots nobody holds.
  var unassigned: Int { owners.count { $0 < 0 } }

  private mutating func index(of address: Address) -> Int16 {
    if let place = addresses.firstIndex(of: address) { return Int16(place) }
    addresses.append(address)
    // A cluster has at most 1,000 masters, and more than 32,767 MOVED to new ones never come before a refresh.
    return Int16(truncatingIfNeeded: addresses.count - 1)
  }

  /// A node that does not know its own name leaves it empty, or writes "?": it is where we asked.
  private static func address(host: [UInt8], port: UInt16, source: Address) -> Address? {
    guard port > 0 else { return nil }
    let name = String(decoding: host, as: UTF8.self)
    if !name.isEmpty && name != "?" { return .tcp(host: name, port: port) }
    guard case .tcp(let asked, _) = source else { return nil }
    return .tcp(host: asked, port: port)
  }
}
