import Lifecycle

/// The requests whose connections are suspended.
///
/// The library aborts the process when it is stopped with a suspended connection, so the table knows all of them, takes
/// no more once it is closed, and can be waited for.
final class ParkedTable: Sendable {
  private struct State: Sendable {
    var parked: [ObjectIdentifier: Exchange] = [:]
    var isClosed = false
  }

  private let state = Condition(State())

  var count: Int { state.update { $0.parked.count } }

  /// Suspends the connection and adds the request, in one step: nobody can answer before the one, or stop between them.
  /// I/O thread only.
  /// - Returns: false when the table is closed; nothing was suspended then.
  func park(_ exchange: Exchange) -> Bool {
    state.update { state in
      guard !state.isClosed else { return false }
      exchange.handle.suspend()
      state.parked[ObjectIdentifier(exchange)] = exchange
      return true
    }
  }

  func remove(_ exchange: Exchange) { state.update { $0.parked[ObjectIdentifier(exchange)] = nil } }

  /// Those whose time is up.
  func expired(now: UInt64) -> [Exchange] { state.update { $0.parked.values.filter { $0.expires < now } } }

  /// Takes no more.
  /// - Returns: those that are still there.
  func close() -> [Exchange] {
    state.update {
      $0.isClosed = true
      return Array($0.parked.values)
    }
  }

  /// Waits until all have been answered and resumed. Short once each has been answered: no handler is waited for.
  func waitUntilEmpty() { _ = state.wait { $0.parked.isEmpty ? true : nil } }
}
