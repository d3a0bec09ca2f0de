extension FreshetSettings {
  typealias Row = Setting<FreshetSettings>

  /// Every setting, in the order of help and documentation.
  public static let rows: [Setting<FreshetSettings>] =
    placeRows + kafkaRows + topicRows + redisRows + httpRows + eventRows + retrievalRows + modelRows + watchRows
    + commandRows

  private static let placeRows: [Row] = [
    Row(
      "state.dir", \.stateDirectory, .text("DIR"),
      "state of this machine: Redis' files, artefacts, the broker's address",
      flag: "state"),
    Row(
      "data.dir", \.dataDirectory, .optionalText("DIR"), "data set in one of MovieLens' layouts, or \"simulator\"",
      flag: "data"),
    Row("members", \.members, .integer(1...64), "ingest members in this process, each a thread of its own"),
    Row("seed", \.seed, .integer(0...Int.max), "start of every random sequence"),
    Row("log.level", \.log.level, .choice, "least severity that is logged"),
    Row("log.format", \.log.format, .choice, "form of the log on standard error"),
  ]

  private static let topicRows: [Row] = [
    Row("topics.interactions", \.topics.interactions, .text("TOPIC"), "the log of all that belongs to users"),
    Row("topics.items", \.topics.items, .text("TOPIC"), "item metadata, compacted"),
    Row("topics.samples", \.topics.rankingSamples, .text("TOPIC"), "training groups, from ingest to train"),
    Row("topics.models", \.topics.models, .text("TOPIC"), "announcements of models, compacted"),
    Row("topics.alerts", \.topics.driftAlerts, .text("TOPIC"), "drift alerts raised and resolved"),
    Row("topics.dead-letters", \.topics.deadLetters, .text("TOPIC"), "records that were refused"),
    Row("topics.inputs", \.topics.inputs, .list("TOPIC,..."), "further topics, forwarded to interactions"),
  ]

  private static let eventRows: [Row] = [
    Row(
      "events.weights", \.events.weights, .numbers(-1...1),
      "event types and what each says of taste; added to the defaults"),
    Row("events.positive-rating", \.events.positiveRating, .number(0...1_000), "a rating is positive from here on"),
    Row(
      "events.future-tolerance", \.events.futureTolerance, .duration(.zero ... .days(7)),
      "how far a time stamp may lie ahead of the broker's"),
    Row("history.events", \.history.events, .integer(10...2_000), "events kept in a user's record"),
    Row("history.event-ids", \.history.eventIDs, .integer(0...10_000), "event ids remembered for each user"),
    Row(
      "history.session-gap", \.history.sessionGap, .duration(.seconds(60) ... .days(1)), "a pause that ends a session"),
  ]

  private static let commandRows: [Row] = [
    Row(
      "evaluate.protocol", \.evaluate.procedure, .choice, "how the data set is split and replayed",
      flag: "protocol"),
    Row("evaluate.csv", \.evaluate.csv, .optionalText("FILE"), "one line an event, for comparing", flag: "csv"),
    Row("evaluate.stages", \.evaluate.stages, .flag, "also each candidate source and each stage alone", flag: "stages"),
    Row("evaluate.without", \.evaluate.without, .list("PART,..."), "online parts to switch off", flag: "without"),
    Row("evaluate.from", \.evaluate.from, .number(0...1), "share of the log that is history", flag: "from"),
    Row("evaluate.until", \.evaluate.until, .number(0...1), "share of the log where scoring ends", flag: "until"),
    Row("evaluate.frozen", \.evaluate.frozen, .flag, "learn nothing after the first part", flag: "frozen"),
    Row(
      "produce.rate", \.produce.rate, .number(0...10_000_000), "events a second; 0 is as fast as can be", flag: "rate"),
    Row("produce.limit", \.produce.limit, .integer(0...Int.max), "events at most; 0 is all", flag: "limit"),
    Row("state.shards", \.state.perShard, .flag, "also a line for each shard", flag: "shards"),
    Row("replay.from-log", \.replay.fromLog, .flag, "read interactions from its beginning", flag: "from-log"),
    Row("train.only", \.train.only, .choice, "one stage of the training instead of the service", flag: "only"),
  ]
}

extension Duration {
  static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
