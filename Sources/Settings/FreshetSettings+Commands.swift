extension FreshetSettings {
  public static let version = "0.1.0"

  /// The program's one table.
  public static let table = SettingsTable(
    program: "freshet",
    summary: "Freshet recommends, and learns from every event.", version: version, defaults: FreshetSettings(),
    settings: rows, commands: commands, common: ["state.dir", "log."],
    // Scripts and tests have them; programs that they start inherit them.
    foreignVariables: ["FRESHET_SHARED", "FRESHET_FAULTS", "FRESHET_TEST_SECONDS"])

  private static let servers = ["kafka.", "topics.", "redis.", "artefacts.", "seed"]
  private static let learning = [
    "events.", "candidates.", "index.", "towers.", "ranker.", "drift.",
  ]

  private static let commands = [
    Command(
      "run", "All roles in one process: broker, Redis, ingest, train, serve.",
      settings: servers + learning + ["data.dir", "members", "http.", "cache.", "produce."],
      examples: [
        "freshet run", "freshet run --data simulator",
        "freshet run --data ml-100k --port 8080 --state /var/lib/freshet",
      ]),
    Command(
      "ingest", "Apply events to the state: a member of the consumer group.",
      settings: servers + learning + ["members", "http."],
      examples: ["KAFKA_BROKERS=kafka:9092 REDIS_URL=redis://redis:6379 freshet ingest --members 2"]),
    Command(
      "train", "Train towers, index and ranker on the sliding window, and publish them.",
      settings: servers + learning + ["data.dir", "http.", "train.", "produce.limit"],
      examples: ["freshet train", "freshet train --only ranker --data ml-100k --ranker-estimators 300"]),
    Command(
      "serve", "Answer requests over HTTP.",
      settings: servers + learning + ["data.dir", "http.", "cache."],
      examples: ["freshet serve --host 0.0.0.0 --port 8000 --http-workers 8"]),
    Command(
      "produce", "Send a data set, or without one the simulator, into Kafka as an outside producer would.",
      settings: ["kafka.", "topics.", "data.dir", "produce.", "seed"],
      examples: ["freshet produce --data ml-100k --rate 500", "freshet produce --limit 100000 --seed 7"]),
    Command(
      "evaluate", "Measure recommendations on a data set, without leaks.",
      settings: learning + ["data.dir", "evaluate.", "produce.limit", "seed"],
      examples: [
        "freshet evaluate --data ml-100k --protocol prequential --csv out.csv",
        "freshet evaluate --data ml-100k --stages --without history,co-visitation",
        "freshet evaluate --protocol drift --seed 3",
      ]),
    Command(
      "validate", "Check streams of events offline; exit 1 when one is bad.", operands: .several("FILE"),
      settings: ["events."], examples: ["freshet validate streams/samples/interactions.valid.ndjson"]),
    Command(
      "topics", "Make topics as declared, or show how they are.",
      actions: [
        Command.Action("describe", "each topic, declared and found"),
        Command.Action("apply", "make what is missing; a difference is an error"),
      ],
      settings: ["kafka.", "topics."], examples: ["freshet topics apply --kafka-brokers localhost:9092"]),
    Command(
      "state", "Look into the state.",
      actions: [
        Command.Action("hash", "one digest of the whole state"),
        Command.Action("show", "a user's record", operands: .one("USER")),
      ],
      settings: ["kafka.partitions", "redis.", "events.", "state."],
      examples: ["freshet state hash", "freshet state hash --shards", "freshet state show 42"]),
    Command(
      "replay", "Build the state anew from the log, in an empty store, with its item snapshot, and print its digest.",
      settings: ["kafka.", "topics.", "redis.", "artefacts.", "events.", "replay."],
      examples: ["KAFKA_BROKERS=kafka:9092 freshet replay --from-log --state /tmp/rebuilt"]),
    Command(
      "models", "List the versions of each model, or go back to the one before.",
      actions: [
        Command.Action("list", "versions with their metrics"),
        Command.Action("rollback", "serve the version before", operands: .one("KIND")),
      ],
      settings: ["kafka.", "topics.", "artefacts."],
      examples: ["freshet models list", "freshet models rollback ranker"]),
    Command(
      "doctor", "Check libraries, servers, folders and topics, and say what to do.",
      settings: servers + ["data.dir", "ranker.library", "http."], examples: ["freshet doctor"]),
    Command(
      "config", "Print the effective settings with their origin, secrets hidden.",
      actions: [
        Command.Action("show", "key, value and origin, as TOML"),
        Command.Action("table", "every setting as a Markdown table"),
        Command.Action("metrics", "every metric as a Markdown table"),
      ],
      settings: rows.map(\.key), examples: ["freshet config --config freshet.toml", "freshet config table"]),
  ]
}
