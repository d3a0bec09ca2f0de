import Foundation
import JSON
import TestSupport
import Testing

/// What the deployment promises of its containers: small rights, limits, probes, and names that refer to something.
@Suite(.enabled(if: Tool.hasYAML, "python3-yaml is not installed")) struct ManifestTests {
  @Test func everyYAMLFileIsWellFormed() throws {
    for file in try DeployFiles.all() where file.hasSuffix(".yml") || file.hasSuffix(".yaml") {
      let documents = try DeployFiles.documents(file)
      #expect(!documents.isEmpty && documents.allSatisfy { $0.objectValue != nil }, "\(file)")
    }
  }

  @Test func theKustomizationListsEveryManifest() throws {
    let listed = Set(try Manifests().resources.map { "kubernetes/" + $0 })
    let present = Set(try DeployFiles.all().filter { $0.hasPrefix("kubernetes/") })
    // Values of another chart.
    #expect(present.subtracting(listed) == ["kubernetes/kustomization.yaml", "kubernetes/prometheus-adapter.yaml"])
    #expect(listed.subtracting(present).isEmpty)
  }

  @Test func containersRunWithoutRootOnAReadOnlyFileSystemWithinLimits() throws {
    for workload in try Manifests().workloads {
      let name = workload.at("metadata", "name")?.stringValue ?? ""
      let pod = try #require(Manifests.pod(workload))
      let container = try #require(Manifests.container(workload))
      #expect(pod.at("securityContext", "runAsNonRoot") == .boolean(true), "\(name)")
      #expect(pod.at("securityContext", "seccompProfile", "type") == .string("RuntimeDefault"), "\(name)")
      #expect(pod["automountServiceAccountToken"] == .boolean(false), "\(name)")
      #expect(container.at("securityContext", "readOnlyRootFilesystem") == .boolean(true), "\(name)")
      #expect(container.at("securityContext", "allowPrivilegeEscalation") == .boolean(false), "\(name)")
      #expect(container.at("securityContext", "capabilities", "drop") == .array([.string("ALL")]), "\(name)")
      for kind in ["requests", "limits"] {
        for resource in ["cpu", "memory"] {
          #expect(container.at("resources", kind, resource)?.stringValue != nil, "\(name): \(kind) of \(resource)")
        }
      }
      let volumes = Set((pod["volumes"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
      let mounts = Set((container["volumeMounts"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
      #expect(volumes == mounts, "\(name)")
    }
  }

  @Test func rolesAreProbedAndSurviveTheLossOfANode() throws {
    let manifests = try Manifests()
    for deployment in manifests.of("Deployment") {
      let name = try #require(deployment.at("metadata", "name")?.stringValue)
      let container = try #require(Manifests.container(deployment))
      for (probe, path) in [("startupProbe", "/health"), ("livenessProbe", "/health"), ("readinessProbe", "/ready")] {
        #expect(container.at(probe, "httpGet", "path") == .string(path), "\(name): \(probe)")
      }
      let labels = deployment.at("spec", "template", "metadata", "labels")
      #expect(deployment.at("spec", "selector", "matchLabels") == labels, "\(name)")
      let budget = try #require(manifests.named("PodDisruptionBudget", name), "\(name) has no budget")
      #expect(budget.at("spec", "selector", "matchLabels") == labels, "\(name)")
    }
    #expect(manifests.of("Deployment").count == 3)
  }

  @Test func namesReferToWhatIsThere() throws {
    let manifests = try Manifests()
    for scaler in manifests.of("HorizontalPodAutoscaler") {
      let target = try #require(scaler.at("spec", "scaleTargetRef", "name")?.stringValue)
      #expect(manifests.named("Deployment", target) != nil)
    }
    let lag = try #require(manifests.named("HorizontalPodAutoscaler", "freshet-ingest"))
    #expect(lag.strings.contains("freshet_consumer_lag"))
    for workload in manifests.workloads {
      let pod = try #require(Manifests.pod(workload))
      let container = try #require(Manifests.container(workload))
      for source in container["envFrom"]?.arrayValue ?? [] {
        let map = source.at("configMapRef", "name")?.stringValue
        let secret = source.at("secretRef", "name")?.stringValue
        #expect(
          map.map { manifests.named("ConfigMap", $0) != nil } ?? true
            && secret.map { manifests.named("Secret", $0) != nil } ?? true)
      }
      let claims = (pod["volumes"]?.arrayValue ?? []).compactMap {
        $0.at("persistentVolumeClaim", "claimName")?.stringValue
      }
      #expect(claims.allSatisfy { manifests.named("PersistentVolumeClaim", $0) != nil })
      let account = pod["serviceAccountName"]?.stringValue ?? ""
      #expect(manifests.named("ServiceAccount", account) != nil)
    }
  }

  @Test func composeRefersToWhatIsThere() throws {
    let compose = try #require(try DeployFiles.documents("compose.yml").first)
    let services = try #require(compose["services"]?.objectValue)
    let volumes = Set((compose["volumes"]?.objectValue ?? [:]).keys)
    for (name, service) in services {
      for mount in (service["volumes"]?.arrayValue ?? []).compactMap(\.stringValue) {
        let source = String(mount.prefix { $0 != ":" })
        if source.hasPrefix("./") {
          #expect(DeployFiles.exists(String(source.dropFirst(2))), "\(name): \(source)")
        } else {
          #expect(volumes.contains(source), "\(name): \(source)")
        }
      }
      let depends = service["depends_on"]
      for other in depends?.objectValue.map({ Array($0.keys) }) ?? depends?.strings ?? [] {
        #expect(services[other] != nil, "\(name) depends on \(other)")
      }
      if service["image"]?.stringValue?.hasPrefix("freshet:") == true {
        #expect(service["read_only"] == .boolean(true) && service["cap_drop"] == .array([.string("ALL")]), "\(name)")
      }
      #expect(service["image"]?.stringValue?.contains(":") == true, "\(name): an image without a version")
    }
    #expect(services["redis"]?.strings.contains("noeviction") == true)
  }
}
