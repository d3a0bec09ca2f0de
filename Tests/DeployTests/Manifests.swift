import JSON

/// The Kubernetes manifests that the kustomization lists.
struct Manifests {
  let all: [JSONValue]
  let resources: [String]

  init() throws {
    let kustomization = try DeployFiles.documents("kubernetes/kustomization.yaml")
    resources = (kustomization.first?["resources"]?.arrayValue ?? []).compactMap(\.stringValue)
    all = try resources.flatMap { try DeployFiles.documents("kubernetes/" + $0) }
  }

  func of(_ kind: String) -> [JSONValue] { all.filter { $0["kind"]?.stringValue == kind } }

  func named(_ kind: String, _ name: String) -> JSONValue? {
    of(kind).first { $0.at("metadata", "name")?.stringValue == name }
  }

  /// What runs pods.
  var workloads: [JSONValue] { of("Deployment") + of("Job") }

  static func pod(_ workload: JSONValue) -> JSONValue? { workload.at("spec", "template", "spec") }
  static func container(_ workload: JSONValue) -> JSONValue? { pod(workload)?["containers"]?.arrayValue?.first }

  /// Variables from the maps and secrets that a container names.
  func environment(_ container: JSONValue) -> [String: String] {
    var environment: [String: String] = [:]
    for source in container["envFrom"]?.arrayValue ?? [] {
      let map = source.at("configMapRef", "name")?.stringValue.flatMap { named("ConfigMap", $0) }?["data"]
      let secret = source.at("secretRef", "name")?.stringValue.flatMap { named("Secret", $0) }?["stringData"]
      for (name, value) in (map ?? secret)?.objectValue ?? [:] { environment[name] = value.plainText }
    }
    return environment
  }
}
