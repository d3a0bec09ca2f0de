import Identity
import State
import Store
import Towers

extension ShardWriter {
  /// Reads the records of the batch's users that the cache lacks, in one round trip; of users without a record, whether
  /// they were erased, in another.
  ///
  /// Records of another position than this writer's are never applied to: they hold some of the batch's events already.
  /// - Returns: where the shard stands, if another member has moved it.
  func loadUsers() throws -> CommitOutcome? {
    var missing: [Int32] = []
    for event in pending.events {
      cache.update(event.slot) { entry in
        if !entry.isLoaded && !entry.isTouched {
          entry.isTouched = true
          missing.append(event.slot)
        }
      }
    }
    for slot in missing { cache.update(slot) { $0.isTouched = false } }
    guard !missing.isEmpty else { return nil }
    let loaded = try store.load(shard: shard, ids: missing.map { cache.entries[Int($0)].id })
    guard loaded.position == position else { return .fenced(loaded.position) }
    var unknown: [Int32] = []
    for (slot, user) in zip(missing, loaded.users) {
      guard let user else {
        unknown.append(slot)
        continue
      }
      try load(user, into: slot)
    }
    try loadErasures(unknown)
    return nil
  }

  private func load(_ user: StoredUser, into slot: Int32) throws {
    do {
      let record = try user.hot.withUnsafeBytes { hot in
        try user.past.withUnsafeBytes { past in try RecordCodec.decode(hot: hot, past: past) }
      }
      cache.update(slot) { entry in
        entry.record = record
        entry.stored = StoredExtent(record)
        entry.view = user.view.withUnsafeBytes { UserVectorState(bytes: $0) }
        entry.isLoaded = true
      }
    } catch let error as CorruptBytes {
      let id = String(decoding: cache.entries[Int(slot)].id, as: UTF8.self)
      throw IngestError(.corruptRecord, "the record of user \"\(id)\" in shard \(shard): \(error)")
    }
  }

  private func loadErasures(_ slots: [Int32]) throws {
    guard !slots.isEmpty else { return }
    let marks = slots.map { erasureMark(of: cache.entries[Int($0)].id) }
    for (slot, offset) in zip(slots, try store.erasures(shard: shard, marks: marks)) {
      cache.update(slot) { entry in
        entry.isLoaded = true
        entry.erasedBefore = offset ?? -1
      }
    }
  }

  /// All that is kept of an erased user's id. It stands for an offset, so it is another one in another log.
  func erasureMark(of id: [UInt8]) -> UInt64 {
    id.withUnsafeBytes { Hash64.of($0, seed: erasureSalt ^ Hash64.of(log.text)) }
  }

  /// Both folds' first half: records change, applied entries are written. Forgets the pending events.
  func apply(nextOffset: Int64, observer: any ApplyObserver) -> ShardBatch {
    var batch = ShardBatch(shard: shard, expected: position, next: nextPosition(nextOffset))
    let range = AppliedRange(log: logHash, start: startOffset, end: nextOffset)
    AppliedCodec.begin(&appliedBytes, range)
    var touched: [Int32] = []
    for event in pending.events where event.offset > cache.entries[Int(event.slot)].erasedBefore {
      if event.kind == .erasure {
        erase(event, into: &batch, touched: &touched, observer)
      } else if change(event, observer) {
        cache.update(event.slot) { entry in
          if !entry.isTouched {
            entry.isTouched = true
            touched.append(event.slot)
          }
        }
      }
    }
    for slot in touched where cache.entries[Int(slot)].isTouched { batch.users.append(write(slot)) }
    batch.applied = appliedBytes.bytes
    pending.removeAll()
    return batch
  }

  /// - Returns: whether the record changed.
  private func change(_ event: PendingEvents.Event, _ observer: any ApplyObserver) -> Bool {
    let hash = cache.entries[Int(event.slot)].hash
    switch event.kind {
    case .interaction:
      cache.update(event.slot) { cached in
        if observer.willApply(event.interaction, to: cached.record, view: &cached.view, userHash: hash) {
          cached.isViewMoved = true
        }
      }
      let outcome = cache.update(event.slot) { cached in
        cached.record.apply(event.interaction, userHash: hash, entry: &entry)
      }
      guard outcome == .applied else {
        observer.wasDuplicate()
        return false
      }
      pending.withItem(of: event) { item in
        AppliedCodec.append(
          entry, place: event.offset - startOffset, itemID: item, form: event.itemForm, to: &appliedBytes)
      }
      observer.didApply(entry)
      return true
    case .impression:
      let outcome = cache.update(event.slot) { cached in
        cached.record.applyImpression(timeMs: event.interaction.timeMs, eventHash: event.interaction.eventHash)
      }
      guard outcome == .applied else {
        observer.wasDuplicate()
        return false
      }
      cache.update(event.slot) { cached in
        observer.didShow(
          pending.shown(in: event), timeMs: event.interaction.timeMs, to: cached.record, view: cached.view,
          userHash: hash)
      }
      return true
    case .profile:
      let attributes = pending.attributes(of: event)
      let outcome = cache.update(event.slot) { cached in
        let outcome = cached.record.admit(eventHash: event.interaction.eventHash, timeMs: event.interaction.timeMs)
        if outcome == .applied { for (name, value) in attributes { cached.record.setAttribute(name, value) } }
        return outcome
      }
      if outcome == .duplicate { observer.wasDuplicate() }
      return outcome == .applied
    case .erasure: return false
    }
  }

  /// The user's keys go with this batch; events of the user behind the erasure start a new record.
  private func erase(
    _ event: PendingEvents.Event, into batch: inout ShardBatch, touched: inout [Int32], _ observer: any ApplyObserver
  ) {
    let id = cache.entries[Int(event.slot)].id
    let hash = cache.entries[Int(event.slot)].hash
    batch.erasures.append(ShardBatch.Erasure(id: id, mark: erasureMark(of: id), offset: event.offset))
    touched.removeAll { $0 == event.slot }
    cache.update(event.slot) { entry in
      entry.record = UserRecord()
      entry.stored = StoredExtent()
      entry.view = nil
      entry.isViewMoved = false
      entry.isTouched = false
      entry.erasedBefore = event.offset
    }
    entry.kind = .erasure
    entry.userHash = hash
    AppliedCodec.append(
      entry, place: event.offset - startOffset, itemID: UnsafeRawBufferPointer(start: nil, count: 0), form: .string,
      to: &appliedBytes)
    observer.didErase(userHash: hash)
  }

  private func write(_ slot: Int32) -> UserWrite {
    cache.update(slot) { cached in
      RecordCodec.encodeHot(cached.record, into: &hotBytes)
      let past: PastWrite =
        switch RecordCodec.pastChange(of: cached.record, stored: cached.stored) {
        case .none: .none
        case .append(let bytes): .append(bytes)
        case .replace(let bytes): .replace(bytes)
        }
      cached.stored = StoredExtent(cached.record)
      cached.isTouched = false
      let view = cached.isViewMoved ? cached.view?.bytes() : nil
      cached.isViewMoved = false
      return UserWrite(id: cached.id, hot: hotBytes.bytes, past: past, view: view)
    }
  }
}
