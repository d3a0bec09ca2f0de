import Settings
import Testing

@Suite struct CommandLineTests {
  @Test func flagsFollowGNU() throws {
    #expect(try settings("serve", "--port=9").http.port == 9)
    #expect(try settings("serve", "-p", "9").http.port == 9)
    #expect(try settings("serve", "--port", "1", "--port", "2").http.port == 2)
    #expect(try settings("serve", "--no-http-open-metrics").http.openMetrics == false)
    #expect(try settings("serve", "--http-open-metrics=off").http.openMetrics == false)
    #expect(try settings("evaluate", "--stages", "--without", "a, b,,c").evaluate.without == ["a", "b", "c"])
    #expect(try settings("run", "--events-weights", "skip=-1,swipe=0.25").events.weights["skip"] == -1)
  }

  @Test func whatFollowsTwoDashesIsAnOperand() throws {
    guard case .command(let command, _, _) = try parse("validate", "a", "--", "--port", "-") else { return }
    #expect(command == .validate(files: ["a", "--port", "-"]))
  }

  @Test func commandsAreTyped() throws {
    func command(_ words: String...) throws -> FreshetCommand? {
      guard case .command(let command, _, _) = try parse(words) else { return nil }
      return command
    }
    #expect(try command("run") == .run)
    #expect(try command("topics") == .topics(.describe))
    #expect(try command("topics", "apply") == .topics(.apply))
    #expect(try command("state", "show", "42") == .state(.show(user: "42")))
    #expect(try command("state") == .state(.hash))
    #expect(try command("models", "rollback", "ranker") == .models(.rollback(kind: "ranker")))
    #expect(try command("config", "metrics") == .config(.metrics))
  }

  @Test(arguments: [
    (["srve"], "\"srve\" is not a command; did you mean serve?\nRun freshet --help for the list."),
    (
      ["--port", "1"],
      "the command comes first, then its flags; \"--port\" is not a command\nRun freshet --help for the list."
    ),
    (["serve", "--http-worker", "2"], "serve: unknown flag --http-worker; did you mean --http-workers?"),
    (["serve", "--xyzzy"], "serve: unknown flag --xyzzy"),
    (["serve", "--rate", "2"], "serve does not take --rate; see serve --help"),
    (["serve", "--port"], "serve: --port needs a value (0...65535)"),
    (["serve", "--port", "--seed", "1"], "serve: --port needs a value (0...65535)"),
    (["serve", "--port", "http"], "serve: --port: \"http\" is not an integer (0...65535)"),
    (["serve", "--port", "70000"], "serve: --port: 70000 is out of range (0...65535)"),
    (["serve", "--port", "-1"], "serve: --port: -1 is out of range (0...65535)"),
    (["serve", "--cache-ttl", "5x"], "serve: --cache-ttl: \"5x\" is not a time such as 500ms, 30s, 5m, 2h or 7d"),
    (["serve", "--cache-ttl", "2d"], "serve: --cache-ttl: 2d is out of range (0s...1d)"),
    (["serve", "--http-body-limit", "1TB"], "serve: --http-body-limit: \"1TB\" is not a size such as 512KiB or 1MiB"),
    (["serve", "--http-body-limit", "1KiB"], "serve: --http-body-limit: 1KiB is out of range (64KiB...256MiB)"),
    (["serve", "--drift-kl", "nan"], "serve: --drift-kl: \"nan\" is not a number (0...100)"),
    (
      ["serve", "--log-level", "warn"],
      "serve: --log-level: \"warn\" is none of trace, debug, info, notice, warning, error, critical"
    ),
    (
      ["serve", "--log-format", "jsn"], "serve: --log-format: \"jsn\" is none of auto, json, human; did you mean json?"
    ),
    (["serve", "--events-weights", "view"], "serve: --events-weights: \"view\" is not NAME=VALUE"),
    (["serve", "--events-weights", "view=2"], "serve: --events-weights: view: 2 is out of range (-1...1)"),
    (["serve", "--http-open-metrics=maybe"], "serve: --http-open-metrics: \"maybe\" is neither true nor false"),
    (["serve", "--no-http-open-metrics=1"], "serve: --no-http-open-metrics takes no value"),
    (["serve", "now"], "serve: unexpected argument \"now\""),
    (["validate"], "validate needs FILE"),
    (["state", "show"], "state show needs USER"),
    (["state", "show", "1", "2"], "state show takes one USER, not 2"),
    (["topics", "aply"], "topics: \"aply\" is none of describe, apply; did you mean apply?"),
    (["serve", "--config", "missing.toml"], "cannot read missing.toml: No such file or directory"),
    (["serve", "--towers-dimensions", "12"], "towers.dimensions (EMBEDDING_DIM) must be a multiple of 8, not 12"),
    (["serve", "--index-lists", "4"], "index.probe (FAISS_N_PROBE) is 10, but there are only 4 lists (FAISS_N_LISTS)"),
    (["serve", "--http-tls-key", "k.pem"], "http.tls.key needs http.tls.certificate"),
    (
      ["serve", "--redis-url", "localhost"],
      "redis.url (REDIS_URL) must be redis://[user:password@]host:port, several hosts of a cluster separated by commas, "
        + "or unix:///path"
    ),
    (["serve", "--topics-items", "models"], "topics.models and topics.items are both \"models\""),
    (["serve", "--topics-items", "a b"], "topics.items: \"a b\" is not a topic's name: 1 to 249 of a-z A-Z 0-9 . _ -"),
  ]) func eachFaultSaysWhereAndWhatToDo(words: [String], message: String) {
    #expect(problem(words) == message)
  }

  @Test(arguments: ["redis://a:1,redis://b:2", "redis://:p@a,b:2", "unix:///tmp/x.sock"])
  func aRedisIsAServerAClusterOrASocket(url: String) {
    #expect(problem(["serve", "--redis-url", url]) == "no problem")
  }

  @Test(arguments: ["redis://", "redis://a,", "redis://a,unix:///b", "unix://x", "unix:///a,unix:///b", "rediss://a"])
  func whatNoRedisCanBeIsRefused(url: String) {
    #expect(problem(["serve", "--redis-url", url]).hasPrefix("redis.url (REDIS_URL) must be"))
  }

  @Test func noCommandShowsTheCommands() {
    #expect(problem([]).hasPrefix("no command\n\nFreshet recommends"))
    #expect(SettingsProblem.exitStatus == 64)
  }

  @Test(arguments: [
    ("FRESHET_PROT", "unknown variable FRESHET_PROT; did you mean FRESHET_PORT? (or unset it)"),
    ("FRESHET_CONFG", "unknown variable FRESHET_CONFG; did you mean FRESHET_CONFIG? (or unset it)"),
    ("FRESHET_ENTIRELY_OTHER_THING", "unknown variable FRESHET_ENTIRELY_OTHER_THING (or unset it)"),
  ]) func anUnknownVariableIsAnError(name: String, message: String) {
    #expect(problem(["run"], environment: [name: "1"]) == message)
  }

  @Test func aBadVariableIsNamed() {
    #expect(
      problem(["run"], environment: ["FAISS_N_LISTS": "many"])
        == "FAISS_N_LISTS: \"many\" is not an integer (1...65536)")
  }
}
