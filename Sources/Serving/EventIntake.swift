/// What an acknowledgement of events stands for.
public enum EventWait: String, Sendable, CaseIterable {
  /// The broker has them, on all its replicas.
  case broker
  /// The state holds them: the next answer knows them.
  case applied
}

/// An event that was not taken.
public struct EventRejection: Sendable, Equatable {
  /// Its place in the request, from 0.
  public var index: Int
  public var field: String?
  public var message: String

  public init(index: Int, field: String?, message: String) {
    self.index = index
    self.field = field
    self.message = message
  }
}

/// Why events that are good could not be acknowledged. They may have been taken all the same: sent again under the same
/// `event_id` they count once.
public struct EventFailure: Sendable, Equatable {
  public var code: String
  public var message: String

  public init(code: String, message: String) {
    self.code = code
    self.message = message
  }
}

/// What became of a request's events.
public struct EventReceipt: Sendable, Equatable {
  public var accepted: Int
  /// In ascending order of their index.
  public var rejected: [EventRejection]
  public var failure: EventFailure?

  public init(accepted: Int, rejected: [EventRejection] = [], failure: EventFailure? = nil) {
    self.accepted = accepted
    self.rejected = rejected
    self.failure = failure
  }
}

/// The door to the log.
public protocol EventIntake: Sendable {
  /// Cuts a request's body into events, checks each with the same decoder as Kafka's, and appends the good ones to the
  /// log.
  ///
  /// Called on a worker thread; must not wait for the broker.
  /// - Parameters:
  ///   - body: one event, an array of them, or one a line; may be empty, or no JSON at all.
  ///   - isLines: the content type says that it is one a line.
  ///   - done: called once, on any thread: when all that were good are acknowledged as `wait` says, when that has failed,
  ///     or before return where none is good.
  func submit(_ body: [UInt8], isLines: Bool, wait: EventWait, done: @escaping @Sendable (EventReceipt) -> Void)
}
