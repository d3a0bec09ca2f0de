import Settings
import Testing

@Suite struct PrintingTests {
  private func configuration(
    _ words: [String], environment: [String: String] = [:], files: [String: String] = [:]
  ) throws -> Configuration<FreshetSettings> {
    guard case .command(_, _, let configuration) = try parse(words, environment: environment, files: files) else {
      throw SettingsProblem("that was text")
    }
    return configuration
  }

  @Test func secretsAreNeverShown() throws {
    let environment = [
      "FRESHET_KAFKA_SASL_PASSWORD": "hunter2", "FRESHET_KAFKA_SASL_USERNAME": "me",
      "FRESHET_KAFKA_SECURITY_PROTOCOL": "sasl_ssl", "FRESHET_HTTP_API_KEYS": "k-one,k-two",
      "FRESHET_KAFKA_EXTRA": "ssl.keystore.password=s3cret", "REDIS_URL": "redis://me:p@ss/word@host:6379",
    ]
    let text = FreshetSettings.table.describe(try configuration(["config"], environment: environment))
    for secret in ["hunter2", "k-one", "k-two", "s3cret", "p@ss", "word@"] {
      #expect(!text.contains(secret), "\(secret)")
    }
    #expect(text.contains("# kafka.sasl.password = \"***\"  # FRESHET_KAFKA_SASL_PASSWORD\n"))
    #expect(text.contains("# redis.url = \"redis://me:***@host:6379\"  # REDIS_URL\n"))
    #expect(text.contains("kafka.sasl.username = \"me\""))
  }

  @Test func aBadSecretStaysOutOfTheMessage() {
    #expect(problem(["run", "--kafka-extra", "hunter2"]) == "run: --kafka-extra: not a valid value")
  }

  @Test func whatIsPrintedReadsBackTheSame() throws {
    let words = [
      "config", "--port=9", "--events-weights=swipe=0.25", "--topics-inputs=a,b", "--http-queue-age=1500ms",
      "--data=quo\"te\\back\nline", "--redis-url=unix:///run/r.sock", "--no-http-open-metrics", "--seed=3",
      "--drift-kl=0.25", "--http-body-limit=3MiB",
    ]
    let first = try configuration(words)
    let printed = FreshetSettings.table.describe(first)
    #expect(printed.contains("http.port = 9  # --port\n"))
    #expect(printed.contains("http.queue-age = \"1500ms\"  # --http-queue-age\n"))
    #expect(printed.contains("cache.ttl = \"5m\"  # default\n"))
    let second = try configuration(["config", "--config", "p.toml"], files: ["p.toml": printed])
    #expect(second.values == first.values)
    #expect(second.values != FreshetSettings())
  }

  @Test func everyCommandHasHelpWithAnExample() throws {
    for command in FreshetSettings.table.commands {
      guard case .text(let text) = try parse(command.name, "--help") else {
        Issue.record("\(command.name) has no help")
        continue
      }
      #expect(text.contains("Usage: freshet \(command.name)"))
      #expect(text.contains("\nExamples:\n  "), "\(command.name)")
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 125 }, "\(command.name)")
    }
    guard case .text(let all) = try parse("--help"), case .text(let one) = try parse("help", "serve") else { return }
    for command in FreshetSettings.table.commands { #expect(all.contains("  \(command.name) ")) }
    #expect(one.contains("--port 0...65535"))
    #expect(one.contains("(default 8000) [FRESHET_PORT]"))
  }

  @Test func theVersionIsPrinted() throws {
    guard case .text(let text) = try parse("--version") else { return }
    #expect(text == "freshet \(FreshetSettings.version)\n")
  }

  @Test func theExamplesInHelpAreGoodCommandLines() throws {
    for command in FreshetSettings.table.commands {
      for example in command.examples {
        var words = example.split(separator: " ").map(String.init)
        var environment: [String: String] = [:]
        while let mark = words.first?.firstIndex(of: "="), let word = words.first, word != "freshet" {
          environment[String(word[..<mark])] = String(word[word.index(after: mark)...])
          words.removeFirst()
        }
        #expect(words.removeFirst() == "freshet")
        _ = try parse(words, environment: environment, files: ["freshet.toml": ""])
      }
    }
  }

  @Test func theTableListsEverySettingOnce() {
    let rows = FreshetSettings.table.table().split(separator: "\n").dropFirst(2)
    #expect(rows.count == FreshetSettings.rows.count)
    for (row, setting) in zip(rows, FreshetSettings.rows) {
      #expect(row.hasPrefix("| `\(setting.key)` | `\(setting.flag)` | `\(setting.environment)` |"))
    }
  }
}
