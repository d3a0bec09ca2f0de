import Foundation
import TestSupport
import Testing

/// What can be said of the image without building it.
@Suite struct ImageTests {
  private static let program = DeployFiles.root + "/.build/release/freshet"
  /// In every Debian image.
  private static let base: Set<String> = ["libc6", "libgcc-s1"]

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: program) && Tool.find("readelf") != nil,
      "freshet is not built, or binutils are not installed"))
  func theImageInstallsEveryLibraryThatTheProgramNeeds() throws {
    let dockerfile = try DeployFiles.text("Dockerfile")
    let installed = Set(try DeployFiles.matches(#"\b(lib[a-z0-9.+-]+)(?=[ \n])"#, in: dockerfile))
    let needed = try Tool.run(Tool.find("readelf"), ["-d", Self.program]).output
    for library in try DeployFiles.matches(#"\(NEEDED\).*\[(lib[^\]]+)\]"#, in: needed) {
      // Swift's own are linked in: --static-swift-stdlib.
      if ["libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime"].contains(where: {
        library.hasPrefix($0)
      }) {
        continue
      }
      let owners = try Tool.run(Tool.find("dpkg"), ["-S", "*/" + library]).output
      let packages = Set(try DeployFiles.matches(#"(?m)^([a-z0-9.+-]+)(?::amd64|:arm64)?: "#, in: owners))
      #expect(!packages.isDisjoint(with: installed.union(Self.base)), "\(library) of \(packages.sorted())")
    }
  }

  @Test func lightGBMComesFromSetupWithItsChecksum() throws {
    let setup = try String(contentsOfFile: DeployFiles.root + "/scripts/setup", encoding: .utf8)
    #expect(try DeployFiles.matches("wheel_sha256=[0-9a-f]{64}", in: setup).count == 1)
    let dockerfile = try DeployFiles.text("Dockerfile")
    #expect(dockerfile.contains("RUN scripts/setup run") && dockerfile.contains(".freshet/lib/lib_lightgbm.so"))
    #expect(try DeployFiles.matches("(?m)^USER 10001", in: dockerfile).count == 1)
  }

  @Test(.enabled(if: Tool.python != nil, "python3 is not installed"))
  func theHealthCheckTellsGoodFromBad() throws {
    let folder = try TemporaryFolder()
    try Data("ok".utf8).write(to: URL(fileURLWithPath: folder.path + "/ready"))
    let server = Process()
    server.executableURL = URL(fileURLWithPath: Tool.python ?? "")
    server.arguments = [
      "-u", "-c",
      "import http.server as h; s = h.HTTPServer(('127.0.0.1', 0), h.SimpleHTTPRequestHandler); "
        + "print(s.server_port, flush=True); s.serve_forever()",
    ]
    server.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    let output = Pipe()
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    defer {
      // Not SIGTERM: a child of a test's thread inherits its mask, which blocks it.
      kill(server.processIdentifier, SIGKILL)
      server.waitUntilExit()
    }
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    let check = DeployFiles.folder + "/healthcheck"
    #expect(try Tool.run(check, ["/ready"], environment: ["FRESHET_PORT": port]).status == 0)
    #expect(try Tool.run(check, ["/missing"], environment: ["FRESHET_PORT": port]).status != 0)
    #expect(try Tool.run(check, ["/ready"], environment: ["FRESHET_PORT": "1"]).status != 0)
  }
}
