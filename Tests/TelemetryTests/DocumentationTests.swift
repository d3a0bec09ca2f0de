import Telemetry
import TestSupport
import Testing

@Suite struct MetricsDocumentationTests {
  @Test func theTableOfMetricsIsTheProgramsOwn() throws {
    let page = try Repository.text("docs/metrics.md")
    #expect(page.hasSuffix("\n\n" + FreshetMetrics.table()), "docs/metrics.md is old: make docs")
  }

  @Test func metricsThatTheReadmeNamesAreReal() throws {
    let table = FreshetMetrics.table()
    for match in try Repository.text("README.md").matches(of: /freshet_[a-z_]*[a-z]/) {
      #expect(table.contains("`\(match.output)"), "README.md: \(match.output)")
    }
  }
}
