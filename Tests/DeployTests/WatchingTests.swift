import Foundation
import JSON
import Telemetry
import TestSupport
import Testing

/// Prometheus, Alertmanager and Grafana read these files, and find the metrics that they name.
@Suite struct WatchingTests {
  private static let metrics = FreshetMetrics(log: .standardError).registry.descriptions

  /// Names of series by Prometheus' rules, each with its labels.
  private static let series: [String: Set<String>] = {
    var series: [String: Set<String>] = [:]
    for metric in metrics {
      let labels = Set(metric.labels)
      guard metric.kind.rawValue == "histogram" else {
        series[metric.name] = labels
        continue
      }
      series[metric.name + "_bucket"] = labels.union(["le"])
      series[metric.name + "_sum"] = labels
      series[metric.name + "_count"] = labels
    }
    return series
  }()
  /// Labels that Prometheus adds.
  private static let targetLabels: Set<String> = ["job", "instance"]

  @Test(.enabled(if: Tool.promtool != nil, "promtool (package prometheus) is not installed"))
  func promtoolAcceptsTheRulesAndTheirTestsPass() throws {
    let folder = DeployFiles.folder + "/prometheus"
    for arguments in [
      ["check", "rules", "--lint-fatal", folder + "/freshet-rules.yml"],
      ["test", "rules", folder + "/freshet-rules-test.yml"], ["check", "config", folder + "/prometheus.yml"],
    ] {
      let result = try Tool.run(Tool.promtool, arguments)
      #expect(result.status == 0, "promtool \(arguments.joined(separator: " ")): \(result.output)")
    }
  }

  @Test(.enabled(if: Tool.amtool != nil, "amtool (package prometheus-alertmanager) is not installed"))
  func amtoolAcceptsTheRoutes() throws {
    let file = DeployFiles.folder + "/alertmanager/alertmanager.yml"
    let check = try Tool.run(Tool.amtool, ["check-config", file])
    #expect(check.status == 0, "\(check.output)")
    for (severity, receiver) in [("page", "page"), ("ticket", "ticket")] {
      let route = try Tool.run(
        Tool.amtool,
        ["config", "routes", "test", "--config.file=\(file)", "--verify.receivers=\(receiver)", "severity=\(severity)"])
      #expect(route.status == 0, "\(route.output)")
    }
  }

  @Test(.enabled(if: Tool.hasYAML, "python3-yaml is not installed"))
  func eachAlertIsTestedFiringAndNamesItsRemedy() throws {
    let rules = try #require(try DeployFiles.documents("prometheus/freshet-rules.yml").first)
    let tests = try #require(try DeployFiles.documents("prometheus/freshet-rules-test.yml").first)
    var firing: Set<String> = []
    for test in tests["tests"]?.arrayValue ?? [] {
      for check in test["alert_rule_test"]?.arrayValue ?? [] where check["exp_alerts"]?.arrayValue?.isEmpty == false {
        firing.insert(check["alertname"]?.stringValue ?? "")
      }
      for check in test["promql_expr_test"]?.arrayValue ?? [] where check["exp_samples"]?.arrayValue?.isEmpty == false {
        let names = try DeployFiles.matches("alertname=\"([A-Za-z]+)\"", in: check["expr"]?.stringValue ?? "")
        firing.formUnion(names)
      }
    }
    let all = (rules["groups"]?.arrayValue ?? []).flatMap { $0["rules"]?.arrayValue ?? [] }
    let alerts = all.filter { $0["alert"] != nil }
    #expect(alerts.count > 15)
    for alert in alerts {
      let name = alert["alert"]?.stringValue ?? ""
      #expect(firing.contains(name), "\(name) is never shown firing in freshet-rules-test.yml")
      #expect(["page", "ticket"].contains(alert.at("labels", "severity")?.stringValue ?? ""), "\(name)")
      #expect(alert.at("annotations", "remedy")?.stringValue?.isEmpty == false, "\(name) names no remedy")
    }
  }

  @Test func everyMetricThatAFileNamesIsEmittedWithTheseLabels() throws {
    let recorded = Set(try DeployFiles.matches("record: (freshet:[a-z0-9_:]+)", in: rulesText()))
    for file in try DeployFiles.all() where file.hasPrefix("prometheus/") || file.contains("adapter") || isBoard(file) {
      let text = try DeployFiles.text(file).replacing("\\\"", with: "\"")
      let names = try DeployFiles.matches(#"\bfreshet_[a-z0-9_]+"#, in: text)
      for name in names {
        #expect(
          Self.series[name] != nil || Self.metrics.contains { $0.name == name },
          "\(file): \(name) is no metric of Freshet")
      }
      for name in try DeployFiles.matches(#"\bfreshet:[a-z0-9_:]+"#, in: text) {
        #expect(recorded.contains(name), "\(file): \(name) is recorded nowhere")
      }
      for selector in try DeployFiles.matches(#"(\bfreshet_[a-z0-9_]+\{[^}]*[=~][^}]*\})"#, in: text) {
        let name = String(selector.prefix { $0 != "{" })
        let allowed = (Self.series[name] ?? []).union(Self.targetLabels)
        for label in try DeployFiles.matches(#"([a-z_]+)\s*(?:=~|!~|!=|=)"#, in: selector) {
          #expect(allowed.contains(label), "\(file): \(name) has no label \(label)")
        }
      }
    }
  }

  private func rulesText() throws -> String { try DeployFiles.text("prometheus/freshet-rules.yml") }
  private func isBoard(_ file: String) -> Bool { file.hasPrefix("grafana/dashboards/") }

  @Test func theDashboardShowsEveryMetricFamilyOnceAtLeast() throws {
    let text = try DeployFiles.text("grafana/dashboards/freshet.json")
    for metric in Self.metrics { #expect(text.contains(metric.name), "\(metric.name) is on no panel") }
  }

  @Test(.enabled(if: Tool.promtool != nil, "promtool (package prometheus) is not installed"))
  func everyExpressionOfTheDashboardParses() throws {
    let board = try JSONValue.parse(DeployFiles.text("grafana/dashboards/freshet.json"))
    let panels = board["panels"]?.arrayValue ?? []
    let identifiers = panels.compactMap { $0["id"]?.integerValue }
    #expect(Set(identifiers).count == panels.count)
    var rules: [JSONValue] = []
    for panel in panels {
      for target in panel["targets"]?.arrayValue ?? [] {
        #expect(target.at("datasource", "uid")?.stringValue == "prometheus")
        let expression = try #require(target["expr"]?.stringValue)
        rules.append(.object(["record": .string("freshet:panel:\(rules.count)"), "expr": .string(expression)]))
      }
    }
    #expect(rules.count > 40)
    let folder = try TemporaryFolder()
    let group = JSONValue.object(["name": .string("panels"), "rules": .array(rules)])
    let file = folder.path + "/panels.yml"
    try Data(JSONValue.object(["groups": .array([group])]).bytes).write(to: URL(fileURLWithPath: file))
    let result = try Tool.run(Tool.promtool, ["check", "rules", file])
    #expect(result.status == 0, "\(result.output)")
  }
}
