/// Distinct rows, numbered in the order in which they were met.
struct ItemSlots {
  private(set) var rows: [Int32] = []
  private var slots: [Int32]

  init(rows count: Int) { slots = Array(repeating: -1, count: count) }

  var count: Int { rows.count }

  mutating func removeAll() {
    for row in rows { slots[Int(row)] = -1 }
    rows.removeAll(keepingCapacity: true)
  }

  func find(_ row: Int32) -> Int? { slots[Int(row)] < 0 ? nil : Int(slots[Int(row)]) }

  mutating func slot(_ row: Int32) -> Int32 {
    if slots[Int(row)] >= 0 { return slots[Int(row)] }
    slots[Int(row)] = Int32(rows.count)
    rows.append(row)
    return slots[Int(row)]
  }
}
