extension ItemState {
  /// Events of one item, without copying its row: for sources that weigh thousands of neighbours a query.
  /// - Precondition: `index` came from this state.
  public func eventCount(_ index: ItemIndex) -> UInt32 {
    let row = self.row(at: index)
    return SequenceLock.read(sequence(at: index)) { row.pointee.count }
  }
}
