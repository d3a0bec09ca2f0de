import Glibc

/// Ports of the loopback address that are free now.
public enum FreePorts {
  /// - Parameter count: at most 1,000.
  /// - Returns: `count` different ports. Another process may take one before it is used: start servers soon.
  public static func take(_ count: Int) throws -> [UInt16] {
    var held: [Int32] = []
    defer { for descriptor in held { close(descriptor) } }
    var ports: [UInt16] = []
    for _ in 0..<count {
      let descriptor = try Loopback.listen(port: 0)
      held.append(descriptor)
      ports.append(try Loopback.port(of: descriptor))
    }
    return ports
  }

  /// Whether somebody takes connections there.
  public static func isAnswering(_ port: UInt16) -> Bool {
    guard let descriptor = Loopback.connect(port: port) else { return false }
    close(descriptor)
    return true
  }

  public static func one() throws -> UInt16 { try take(1)[0] }
}

/// What went wrong in a test tool.
public struct TestToolError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }

  static func system(_ what: String) -> TestToolError { TestToolError("\(what): \(String(cString: strerror(errno)))") }
}

/// Sockets on 127.0.0.1.
enum Loopback {
  static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  static func listen(port: UInt16) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = address(port)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, Glibc.listen(descriptor, 128) == 0 else {
      defer { close(descriptor) }
      throw TestToolError.system("listening on port \(port)")
    }
    return descriptor
  }

  /// Nil where nobody listens.
  static func connect(port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = address(port)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if connected == 0 { return descriptor }
    close(descriptor)
    return nil
  }

  static func port(of descriptor: Int32) throws -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    guard found == 0 else { throw TestToolError.system("getsockname") }
    return UInt16(bigEndian: address.sin_port)
  }
}
