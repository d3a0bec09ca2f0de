/// Everything that can be set, with its documented default. The table in `FreshetSettings+Table.swift` gives each
/// field its flag, variable, file key and range.
public struct FreshetSettings: Sendable, Equatable {
  public var stateDirectory = ".freshet/state"
  /// A MovieLens folder, or `simulator`; nil where no data set is given.
  public var dataDirectory: String?
  /// Threads of `ingest`, each a member of the consumer group.
  public var members = 1
  /// Where random numbers begin: the same seed and the same events give the same models.
  public var seed = 42
  public var log = Log()
  public var kafka = Kafka()
  public var topics = Topics()
  public var redis = Redis()
  public var http = HTTP()
  public var events = Events()
  public var candidates = Candidates()
  public var index = Index()
  public var towers = Towers()
  public var ranker = Ranker()
  public var cache = Cache()
  public var drift = Drift()
  public var artefacts = Artefacts()
  public var evaluate = Evaluate()
  public var produce = Produce()
  public var train = Train()
  public var state = State()
  public var replay = Replay()

  public init() {}
}

extension FreshetSettings {
  public struct Log: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
    public enum Format: String, Sendable, CaseIterable { case auto, json, human }

    public var level = Level.info
    /// `auto`: lines for people on a terminal, JSON elsewhere.
    public var format = Format.auto
  }

  public struct Kafka: Sendable, Equatable {
    public enum Security: String, Sendable, CaseIterable {
      case plaintext
      case tls = "ssl"
      case saslPlaintext = "sasl_plaintext"
      case saslTLS = "sasl_ssl"
    }

    /// `host:port,...`; nil starts the embedded broker.
    public var brokers: String?
    public var group = "freshet"
    public var securityProtocol = Security.plaintext
    /// PEM file of the certificate authority; nil takes the system's.
    public var tlsAuthority: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    public var tlsKeyPassword: String?
    public var saslMechanism: String?
    public var saslUsername: String?
    public var saslPassword: String?
    /// Any other property of librdkafka, passed through as it is.
    public var extra: [String: String] = [:]
    /// Partitions of `interactions` where the topic is made: also the number of shards, so it never shrinks or grows.
    public var partitions = 8
    public var replication = 1
  }

  public struct Topics: Sendable, Equatable {
    public var interactions = "interactions"
    public var items = "items"
    public var rankingSamples = "ranking-samples"
    public var models = "models"
    public var driftAlerts = "drift-alerts"
    public var deadLetters = "dead-letters"
    /// Further topics whose events are forwarded to `interactions`.
    public var inputs: [String] = []
  }

  public struct Redis: Sendable, Equatable {
    public enum AppendFsync: String, Sendable, CaseIterable { case always, everysec, no }

    /// `redis://[user:password@]host:port[/db]`, several hosts of a cluster separated by commas, or `unix:///path`; nil
    /// starts a private server.
    public var url: String?
    /// Durability of the private server: at most one second of acknowledged steps is lost with the machine.
    public var appendFsync = AppendFsync.everysec
    public var connectTimeout = Duration.seconds(2)
    public var commandTimeout = Duration.seconds(2)
    /// Replicas that must have a batch before it counts as stored.
    public var waitReplicas = 0
  }

  public struct HTTP: Sendable, Equatable {
    public var host = "127.0.0.1"
    /// 0 takes a free one.
    public var port = 8000
    public var workers = 4
    /// Requests that wait for a worker; more are refused with 503.
    public var queue = 256
    /// A request that waited longer is refused: its client has given up.
    public var queueAge = Duration.seconds(1)
    public var connections = 1_024
    public var bodyBytes = 1 << 20
    public var headerBytes = 16 << 10
    /// From a request's first byte to its answer's last.
    public var requestTimeout = Duration.seconds(10)
    public var idleTimeout = Duration.seconds(60)
    /// What running requests get when the server stops.
    public var drain = Duration.seconds(4)
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// Keys of which a request must carry one; empty leaves the API open.
    public var apiKeys: [String] = []
    /// Whether `/metrics`, `/health` and `/ready` need no key.
    public var openMetrics = true
  }

  public struct Events: Sendable, Equatable {
    /// What an event of each type says of the user's taste, -1...1; a type that is not here is refused.
    public var weights: [String: Double] = [
      "view": 0.2, "click": 0.5, "like": 1, "purchase": 1, "add_to_cart": 0.7, "rating": 1, "skip": -0.3,
      "dislike": -1,
    ]
    /// A rating is positive from here on.
    public var positiveRating = 4.0
    /// How far a time stamp may lie ahead of the broker's.
    public var futureTolerance = Duration.seconds(3_600)
  }

  public struct Candidates: Sendable, Equatable {
    /// Candidates that are scored for one request.
    public var total = 500
    /// Most candidates of single sources, by the source's name, in place of their share of the total.
    public var budget: [String: Double] = [:]
    /// Share of the lists whose last place tries an item of few events.
    public var exploration = 0.0
  }

  public struct Index: Sendable, Equatable {
    public var lists = 100
    public var probe = 10
    /// Recall at 100 below which the index is rebuilt.
    public var recall = 0.99
    public var rebuildInterval = Duration.seconds(3_600)
    /// Share of changed vectors at which the index is rebuilt.
    public var rebuildChurn = 0.3
  }

  public struct Towers: Sendable, Equatable {
    public var dimensions = 64
    public var interval = Duration.seconds(30)
  }

  public struct Ranker: Sendable, Equatable {
    /// On events 80-90% of MovieLens-100K 120 trees are better than 60 (0.1529) and than up to 500 (0.1521).
    public var estimators = 120
    public var leaves = 31
    public var learningRate = 0.05
    /// Events whose groups train it.
    public var windowEvents = 2_000_000
    public var windowAge = Duration.seconds(365 * 86_400)
    public var interval = Duration.seconds(600)
    /// Share of positive events that are ranked before they are applied; under load fewer are (a tenth of the time).
    public var sampleShare = 1.0
    /// Whether a ranker goes by itself where users like its lists less than those of the one before.
    public var rollback = true
    public var library: String?
    public enum Kind: String, Sendable, CaseIterable { case lambdaMART = "lambdamart", combined }
    public var kind = Kind.combined
  }

  public struct Cache: Sendable, Equatable {
    public var lifetime = Duration.seconds(300)
    public var entries = 10_000
  }

  public struct Drift: Sendable, Equatable {
    public var kl = 0.1
    public var psi = 0.2
    public var window = Duration.seconds(60)
    public var minimumSamples = 1_000
    /// Windows in a row above the threshold that raise an alert, and below it that resolve one.
    public var hysteresis = 3
  }

  public struct Artefacts: Sendable, Equatable {
    /// nil puts them into the state directory.
    public var directory: String?
    public var keep = 5
  }

  public struct Evaluate: Sendable, Equatable {
    public enum Procedure: String, Sendable, CaseIterable { case prequential, `static`, drift }

    public var procedure = Procedure.prequential
    public var csv: String?
    public var stages = false
    public var without: [String] = []
    public var frozen = false
    /// Shares of the log where the history ends and where the scored part does.
    public var from = 0.9
    public var until = 1.0
  }

  public struct Produce: Sendable, Equatable {
    /// Events a second; 0 is as fast as the broker takes them.
    public var rate = 0.0
    /// Events at most; 0 is all. `evaluate` takes it too.
    public var limit = 0
  }

  public struct Train: Sendable, Equatable {
    public enum Stage: String, Sendable, CaseIterable { case all, features, towers, index, ranker, load }
    public var only = Stage.all
  }

  public struct State: Sendable, Equatable {
    /// `state hash` prints a line for each shard too.
    public var perShard = false
  }

  public struct Replay: Sendable, Equatable {
    /// Said on purpose: the only thing to replay so far.
    public var fromLog = false
  }

  /// The artefact directory that holds: the one that is set, else one in the state directory.
  public var artefactDirectory: String { artefacts.directory ?? stateDirectory + "/artefacts" }
}
