import Settings
import Testing

@Suite struct PrecedenceTests {
  private let file = ["f.toml": "[http]\nport = 1001\nworkers = 2\nqueue = 3\n"]

  @Test func aFlagWinsOverAVariableOverTheFileOverTheDefault() throws {
    let environment = ["FRESHET_PORT": "1002", "FRESHET_HTTP_WORKERS": "5"]
    guard
      case .command(.serve, let settings, let configuration) = try parse(
        "serve", "--config", "f.toml", "--port", "1003", environment: environment, files: file)
    else {
      Issue.record("not serve")
      return
    }
    #expect(settings.http.port == 1003)
    #expect(settings.http.workers == 5)
    #expect(settings.http.queue == 3)
    #expect(settings.http.connections == 1_024)
    #expect(configuration.origins["http.port"] == .flag("--port"))
    #expect(configuration.origins["http.workers"] == .environment("FRESHET_HTTP_WORKERS"))
    #expect(configuration.origins["http.queue"] == .file("f.toml:4:9"))
    #expect(configuration.origins["http.connections"] == .builtIn)
  }

  @Test func theFileCanBeNamedByAVariable() throws {
    #expect(try settings("serve", environment: ["FRESHET_CONFIG": "f.toml"], files: file).http.port == 1001)
    #expect(
      try settings(
        "serve", "--config=g.toml", environment: ["FRESHET_CONFIG": "f.toml"], files: ["g.toml": "http.port = 7"]
      ).http.port == 7)
  }

  @Test func theIssuesNamesOfVariablesHold() throws {
    let settings = try settings(
      "run",
      environment: [
        "KAFKA_BROKERS": "a:1,b:2", "REDIS_URL": "redis://h:1", "EMBEDDING_DIM": "32", "TOP_K_CANDIDATES": "300",
        "FAISS_N_LISTS": "50", "FAISS_N_PROBE": "5", "LGBM_N_ESTIMATORS": "100", "CACHE_TTL_SECONDS": "60",
        "FRESHET_DATA": "d", "FRESHET_STATE": "s", "FRESHET_SHARED": "anything",
      ])
    #expect(settings.kafka.brokers == "a:1,b:2")
    #expect(settings.redis.url == "redis://h:1")
    #expect(settings.towers.dimensions == 32)
    #expect(settings.candidates.total == 300)
    #expect(settings.index.lists == 50)
    #expect(settings.index.probe == 5)
    #expect(settings.ranker.estimators == 100)
    #expect(settings.cache.lifetime == .seconds(60))
    #expect(settings.dataDirectory == "d")
    #expect(settings.stateDirectory == "s")
    #expect(settings.artefactDirectory == "s/artefacts")
  }

  @Test func anEmptyVariableIsNotSet() throws {
    #expect(try settings("run", environment: ["KAFKA_BROKERS": "", "CACHE_TTL_SECONDS": ""]) == FreshetSettings())
  }

  @Test func theDefaultsPassTheirOwnRules() throws {
    for name in FreshetSettings.table.commands.map(\.name) where name != "validate" {
      #expect(try settings(name) == FreshetSettings(), "\(name)")
    }
  }

  @Test func everyDefaultIsAValueOfItsSetting() throws {
    for setting in FreshetSettings.rows where setting.shape != .flag {
      let text = setting.defaultText
      _ = try parse("config", "\(setting.flag)=\(text)")
    }
  }
}

extension Setting where Root == FreshetSettings {
  fileprivate var defaultText: String { text(in: FreshetSettings()) }
}
