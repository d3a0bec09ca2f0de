import Artefacts
import Events
import Ingest
import Replica
import Settings
import Store
import Streams
import Telemetry

/// `freshet replay --from-log`: builds the state anew from the log, in an empty store, by the code that ingestion uses.
struct ReplayCommand {
  private let settings: FreshetSettings

  init(_ settings: FreshetSettings) { self.settings = settings }

  func run() throws {
    guard settings.replay.fromLog else {
      throw CommandError(
        "say what to replay: --from-log reads \(settings.topics.interactions) from its beginning into an empty store")
    }
    let kafka = try KafkaAddress.configuration(settings)
    try StoreSession.with(settings) { session in
      try session.requireEmpty()
      let configuration = IngestConfiguration(
        topic: settings.topics.interactions, shards: Int32(session.shards.count),
        samplesTopic: settings.topics.rankingSamples, deadLetters: settings.topics.deadLetters,
        group: settings.kafka.group, rules: try EventRules(settings.events), log: try log(kafka),
        erasureSalt: try ErasureSalt.of(session.store))
      let artefacts = try ArtefactStore(directory: settings.artefactDirectory, keep: settings.artefacts.keep)
      let follower = ReplayFollower(shards: configuration.shards, store: session.store, artefacts: artefacts)
      let replay = try LogReplay(
        configuration, kafka: kafka, store: session.store, follower: follower, metrics: FreshetMetrics())
      let result = try replay.run()
      Output.error(
        "\(result.records) records: \(result.applied) events applied, \(result.duplicates) duplicates, "
          + "\(result.misplaced) forwarded elsewhere, \(result.refused) refused\n")
      Output.error(
        "the state of \(follower.state.count) items lies in \(artefacts.directory): processes started from now on begin "
          + "with it\n")
      for (partition, offset) in result.trimmed.sorted(by: { $0.key < $1.key }) {
        Output.error("partition \(partition) begins at offset \(offset): what was before it is lost to a replay\n")
      }
      Output.print("\(try StateDigest(of: session.store, shards: session.shards))\n")
    }
  }

  private func log(_ kafka: KafkaConfiguration) throws -> LogName {
    let administrator = try TopicAdministrator(kafka)
    let topic = settings.topics.interactions
    guard let count = try administrator.partitionCount(of: topic) else {
      throw StreamError(.topicMissing, "\(kafka.brokers) has no topic \(topic): there is nothing to replay")
    }
    guard count == settings.kafka.partitions else {
      throw StreamError(
        .partitionCount,
        "topic \(topic) has \(count) partitions, kafka.partitions is \(settings.kafka.partitions): set it to \(count)")
    }
    return LogName("\(LogIdentity(cluster: try administrator.clusterID(), topic: topic))", isEphemeral: false)
  }
}
