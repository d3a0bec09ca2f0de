import Datasets
import Glibc
import Ranking
import Settings

/// LightGBM, and how OpenMP waits.
enum LibraryCheck {
  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    do throws(RankingError) {
      try LightGBM.load(path: settings.ranker.library)
      findings.append(.ok("lightgbm", "its library loads"))
    } catch {
      findings.append(
        .failure(
          "lightgbm", error.message, "run `make setup`, or name lib_lightgbm.so in ranker.library (FRESHET_LIGHTGBM)"))
    }
    let policy = getenv("OMP_WAIT_POLICY").map { String(cString: $0) } ?? ""
    if policy.lowercased() != "passive" {
      findings.append(
        .warning(
          "openmp", "its threads spin while they wait: training is many times slower on a busy machine",
          "export OMP_WAIT_POLICY=passive"))
    }
    return findings
  }
}

/// The state and the artefact folders.
enum FolderCheck {
  /// A snapshot, a model and Redis' log rewritten beside the old one, with room to spare.
  private static let warningBytes: UInt64 = 2 << 30
  private static let failureBytes: UInt64 = 128 << 20

  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    [
      check("state", settings.stateDirectory, "--state"),
      check("artefacts", settings.artefactDirectory, "artefacts.dir"),
    ]
  }

  private static func check(_ subject: String, _ folder: String, _ setting: String) -> DoctorFinding {
    let place = nearest(folder)
    guard access(place, W_OK | X_OK) == 0 else {
      return .failure(
        subject, "\(place) cannot be written: \(String(cString: strerror(errno)))",
        "choose another folder with \(setting), or change its owner")
    }
    var system = statvfs()
    guard statvfs(place, &system) == 0 else {
      return .failure(subject, "\(place): \(String(cString: strerror(errno)))", "choose another folder with \(setting)")
    }
    let free = UInt64(system.f_bavail) * UInt64(system.f_frsize)
    let message = "\(folder): \(free >> 20) MiB free" + (place == folder ? "" : "; it will be made in \(place)")
    if free < failureBytes { return .failure(subject, message, "make room, or choose another disk with \(setting)") }
    if free < warningBytes { return .warning(subject, message, "make room: models and Redis' log grow") }
    return .ok(subject, message)
  }

  /// The folder, or the nearest above it that is there.
  private static func nearest(_ folder: String) -> String {
    var place = folder
    while access(place, F_OK) != 0 {
      guard let slash = place.lastIndex(of: "/") else { return "." }
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
    return place
  }
}

/// The data set, where one is named.
enum DataCheck {
  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    guard let place = settings.dataDirectory, place != FeedSource.simulatorName else { return [] }
    do throws(DatasetError) {
      return [.ok("data", "\(place): MovieLens, \(try MovieLensLayout.detect(in: place).ratingsFile)")]
    } catch {
      return [.failure("data", "\(error)", "name a folder in one of MovieLens' layouts, or `simulator`, with --data")]
    }
  }
}

/// The port of the API.
enum PortCheck {
  static func run(_ settings: FreshetSettings) -> [DoctorFinding] {
    let (host, port) = (settings.http.host, settings.http.port)
    guard port != 0 else { return [.ok("port", "a free one is taken at the start")] }
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0, let list else {
      return [
        .failure("port", "\(host): \(String(cString: gai_strerror(code)))", "name an address of this machine (--host)")
      ]
    }
    defer { freeaddrinfo(list) }
    let address = list.pointee
    let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    if bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return [.ok("port", "\(host):\(port) is free")] }
    let reason = String(cString: strerror(errno))
    return [
      .warning("port", "\(host):\(port): \(reason)", "take another with --port, unless it is Freshet that runs there")
    ]
  }
}
