import Glibc
import Synchronization

/// A socket that is bound and listening. Closes itself at the latest when it goes, and removes its path if it has one.
final class ListeningSocket: Sendable {
  /// The library asks for 1,024 too; the kernel's `net.core.somaxconn` bounds both.
  private static let backlog: Int32 = 1_024

  let descriptor: Int32
  /// nil for a Unix socket.
  let port: UInt16?
  private let path: String?
  private let isRefusing = Atomic<Bool>(false)

  init(_ address: HTTPConfiguration.Address) throws(HTTPServerError) {
    switch address {
    case .tcp(let host, let port):
      descriptor = try Self.bindTCP(host, port)
      self.port = Self.boundPort(descriptor)
      path = nil
    case .unix(let path):
      descriptor = try Self.bindUnix(path)
      port = nil
      self.path = path
    }
  }

  deinit {
    refuse()
    close(descriptor)
  }

  /// From here on connections are refused; the descriptor stays open, as the library's threads may still hold it in
  /// their sets and end the process where it is gone. Idempotent.
  func refuse() {
    guard !isRefusing.exchange(true, ordering: .acquiringAndReleasing) else { return }
    if let path { unlink(path) }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  private static func failure(_ what: String) -> HTTPServerError {
    HTTPServerError(.address, "cannot listen on \(what): \(String(cString: strerror(errno)))")
  }

  private static let streamType =
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    | Int32(SOCK_CLOEXEC.rawValue)

  private static func bindTCP(_ host: String, _ port: UInt16) throws(HTTPServerError) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0, let first = found else {
      throw HTTPServerError(.address, "the host \"\(host)\" is unknown: \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(first) }
    let family = first.pointee.ai_family
    let descriptor = socket(family, streamType, 0)
    guard descriptor >= 0 else { throw failure("\(host):\(port)") }
    var on: Int32 = 1
    var off: Int32 = 0
    let size = socklen_t(MemoryLayout<Int32>.size)
    // A restart must not wait for the old connections' TIME_WAIT.
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
    if family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) }
    guard bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, backlog) == 0
    else {
      let error = failure("\(host):\(port) (another program may have the port: choose one, or 0)")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func boundPort(_ descriptor: Int32) -> UInt16 {
    // The port stands at the same place for both families.
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin6_port)
  }

  private static func bindUnix(_ path: String) throws(HTTPServerError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard !bytes.isEmpty, bytes.count < capacity else {
      throw HTTPServerError(.address, "the socket's path must have 1 to \(capacity - 1) bytes: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, streamType, 0)
    guard descriptor >= 0 else { throw failure(path) }
    do throws(HTTPServerError) {
      try withUnsafePointer(to: &address) { (pointer) throws(HTTPServerError) in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (pointer) throws(HTTPServerError) in
          try bindUnix(descriptor, pointer, path)
        }
      }
    } catch {
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private static func bindUnix(
    _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ path: String
  ) throws(HTTPServerError) {
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    var bound = bind(descriptor, address, length)
    if bound != 0, errno == EADDRINUSE {
      guard isStale(address, path) else { throw failure("\(path) (a file, or a server that runs)") }
      unlink(path)
      bound = bind(descriptor, address, length)
    }
    guard bound == 0, listen(descriptor, backlog) == 0 else { throw failure(path) }
  }

  /// A socket that nobody listens on was left by a process that was killed.
  private static func isStale(_ address: UnsafePointer<sockaddr>, _ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
    let probe = socket(AF_UNIX, streamType, 0)
    guard probe >= 0 else { return false }
    defer { close(probe) }
    return connect(probe, address, socklen_t(MemoryLayout<sockaddr_un>.size)) != 0 && errno == ECONNREFUSED
  }
}
