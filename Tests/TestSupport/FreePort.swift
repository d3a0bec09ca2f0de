import Foundation

/// Ports of 127.0.0.1.
public enum FreePort {
  /// A free port whose successor is free too. Nothing keeps others from taking them; the kernel deals them out in turn,
  /// so that it hardly happens.
  static func pair() throws -> Int {
    for _ in 0..<100 {
      guard let first = bound(to: 0) else { continue }
      defer { close(first.socket) }
      guard first.port < 65_535, let second = bound(to: first.port + 1) else { continue }
      close(second.socket)
      return first.port
    }
    throw KafkaBroker.Failure(description: "no two free ports in a row")
  }

  private static func bound(to port: Int) -> (socket: Int32, port: Int)? {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    if isBound { return (handle, Int(UInt16(bigEndian: address.sin_port))) }
    close(handle)
    return nil
  }

  /// Whether somebody takes connections there.
  static func answers(_ port: Int) -> Bool {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(handle) }
    var address = loopback(port)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
