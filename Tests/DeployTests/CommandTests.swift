import Foundation
import JSON
import Settings
import Testing

/// Every command line and every variable in `deploy/` is one that this program takes.
@Suite struct CommandTests {
  private static let variables = Set(FreshetSettings.rows.map(\.environment))

  private func parse(_ arguments: [String], _ environment: [String: String]) throws -> FreshetInvocation {
    try FreshetInvocation.parse(arguments: arguments, environment: environment) { path throws(SettingsProblem) in
      throw SettingsProblem("\(path): deployments read no file")
    }
  }

  /// What the image sets.
  private func imageEnvironment() throws -> [String: String] {
    let text = try DeployFiles.text("Dockerfile")
    let block = try DeployFiles.matches(#"(?m)^ENV ((?:.*\\\n)*.*)$"#, in: text).joined(separator: " ")
    var environment: [String: String] = [:]
    for word in block.split(whereSeparator: { " \\\n".contains($0) }) {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { environment[String(parts[0])] = String(parts[1]) }
    }
    return environment
  }

  @Test func theImageSetsOnlyWhatTheProgramTakes() throws {
    let environment = try imageEnvironment()
    for name in environment.keys where !["OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS"].contains(name) {
      #expect(Self.variables.contains(name), "Dockerfile: \(name)")
    }
    for role in ["run", "ingest", "train", "serve", "doctor"] {
      guard case .command(_, let settings, _) = try parse([role], environment) else {
        Issue.record("\(role) printed a text")
        continue
      }
      #expect(settings.http.host == "0.0.0.0" && settings.http.port == 8000)
      #expect(settings.artefactDirectory == "/var/lib/freshet/artefacts")
    }
  }

  @Test func everyVariableInEveryFileExists() throws {
    for file in try DeployFiles.all() {
      for name in try DeployFiles.matches(#"\bFRESHET_[A-Z0-9_]+"#, in: DeployFiles.text(file)) {
        #expect(Self.variables.contains(name), "\(file): \(name) is in no row of the settings")
      }
    }
  }

  @Test func everyCommandInProseExists() throws {
    var count = 0
    for file in try DeployFiles.all() {
      for line in try DeployFiles.matches("`freshet ([a-z][^`]*)`", in: DeployFiles.text(file)) {
        count += 1
        let arguments = line.split(separator: " ").map(String.init)
        #expect(throws: Never.self, "\(file): freshet \(line)") { try parse(arguments, [:]) }
      }
    }
    #expect(count >= 4)
  }

  @Test(.enabled(if: Tool.hasYAML, "python3-yaml is not installed"))
  func composeStartsTheRolesWithSettingsThatTheyTake() throws {
    let compose = try #require(try DeployFiles.documents("compose.yml").first)
    let services = try #require(compose["services"]?.objectValue)
    var roles: [String: Int64] = [:]
    for (name, service) in services where service["image"]?.stringValue?.hasPrefix("freshet:") == true {
      let arguments = (service["command"]?.arrayValue ?? []).compactMap(\.plainText)
      let own = (service["environment"]?.objectValue ?? [:]).compactMapValues(\.plainText)
      let invocation = try parse(arguments, imageEnvironment().merging(own) { $1 })
      guard case .command(_, let settings, let configuration) = invocation else {
        Issue.record("\(name) prints a text")
        continue
      }
      roles[configuration.command.name] = service.at("deploy", "replicas")?.integerValue ?? 1
      #expect(settings.kafka.brokers == "kafka:9092" && settings.redis.url == "redis://redis:6379")
    }
    #expect(roles == ["topics": 1, "ingest": 2, "train": 1, "serve": 2])
  }

  @Test(.enabled(if: Tool.hasYAML, "python3-yaml is not installed"))
  func kubernetesStartsTheRolesWithSettingsThatTheyTake() throws {
    let manifests = try Manifests()
    var roles: Set<String> = []
    for workload in manifests.workloads {
      let container = try #require(Manifests.container(workload))
      let arguments = (container["args"]?.arrayValue ?? []).compactMap(\.plainText)
      let environment = try imageEnvironment().merging(manifests.environment(container)) { $1 }
      guard case .command(_, let settings, let configuration) = try parse(arguments, environment) else {
        Issue.record("\(arguments) prints a text")
        continue
      }
      roles.insert(configuration.command.name)
      #expect(settings.kafka.brokers != nil && settings.kafka.replication == 3)
      if configuration.command.name == "ingest" {
        #expect(settings.redis.url != nil)
        let scaler = try #require(manifests.named("HorizontalPodAutoscaler", "freshet-ingest"))
        let most = scaler.at("spec", "maxReplicas")?.integerValue ?? 0
        #expect(Int(most) * settings.members <= settings.kafka.partitions, "more members than partitions")
      }
    }
    #expect(roles == ["topics", "ingest", "train", "serve"])
  }
}
