import Features
import Identity
import State
import Testing

@Suite struct RegistryTests {
  @Test func everyFeatureIsDocumentedAndNamedOnce() {
    let registry = FeatureRegistry.standard
    #expect(Set(registry.names).count == registry.count)
    for feature in registry.features {
      #expect(!feature.documentation.isEmpty, "\(feature.name)")
      #expect(feature.defaultValue.isFinite, "\(feature.name)")
      #expect(feature.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" }, "\(feature.name)")
    }
  }

  @Test func hashDependsOnNamesAndOrder() {
    let features = FeatureRegistry.standard.features
    #expect(FeatureRegistry(features).hash == FeatureRegistry.standard.hash)
    #expect(FeatureRegistry(features.reversed()).hash != FeatureRegistry.standard.hash)
    #expect(FeatureRegistry(Array(features.dropLast())).hash != FeatureRegistry.standard.hash)
  }

  @Test func rankColumnsAreTheSourcesRanks() {
    let registry = FeatureRegistry.standard
    let columns = registry.rankColumns
    #expect(columns.count == ScoreColumn.sourceCount)
    for (source, column) in zip(ScoreColumn.sources, columns) {
      #expect(registry.features[column].name == "rank_" + source.name)
    }
  }

  @Test func sourceNamesAreSnakeCase() {
    #expect(ScoreColumn.easePositiveRecent.name == "ease_positive_recent")
    #expect(ScoreColumn.popular8000.name == "popular8000")
  }
}
