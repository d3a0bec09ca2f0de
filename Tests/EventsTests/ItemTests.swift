import Events
import Identity
import Testing

@Suite struct ItemTests {
  let decoder = ItemDecoder()

  private func decode(_ payload: String, key: String? = nil) throws -> DecodedItem {
    let bytes = Array(payload.utf8)
    let keyBytes = key.map { Array($0.utf8) }
    return try bytes.withUnsafeBytes { bytes in
      guard let keyBytes else { return try decoder.decode(bytes) }
      return try keyBytes.withUnsafeBytes { try decoder.decode(bytes, key: $0) }
    }
  }

  private func fault(_ payload: String, key: String? = nil) -> EventFault? {
    do { _ = try decode(payload, key: key) } catch { return error as? EventFault }
    return nil
  }

  @Test func readsEveryField() throws {
    let item = try decode(
      #"{"id":2571,"title":"Matrix, The (1999)","genres":["Action","Sci-Fi"],"year":1999,"tags":["cult"],"price":9.99,"#
        + #""available":false,"studio":{"name":"x"}}"#)
    var expected = DecodedItem(id: EntityID(2571))
    expected.title = "Matrix, The (1999)"
    expected.genres = ["Action", "Sci-Fi"]
    expected.year = 1999
    expected.tags = ["cult"]
    expected.price = 9.99
    expected.isAvailable = false
    #expect(item == expected && item.id.form == .integer)
  }

  @Test func takesAliasesKeysAndNulls() throws {
    #expect(try decode(#"{"item_id":"a","categories":["x"]}"#).genres == ["x"])
    #expect(try decode(#"{"item":"a"}"#).id == EntityID("a"))
    #expect(try decode(#"{"title":"t"}"#, key: "17").id.form == .integer)
    #expect(try decode(#"{"id":"17"}"#, key: "17").id.form == .string)
    let bare = try decode(
      #"{"id":1,"title":null,"genres":null,"year":null,"tags":null,"price":null,"available":null}"#)
    #expect(bare == DecodedItem(id: EntityID(1)))
  }

  @Test(arguments: [
    (#"{"title":"t"}"#, EventFault.Reason.missing, "id" as String?), (#"{"id":null}"#, .missing, "id"),
    (#"{"id":1,"item_id":1}"#, .duplicateKey, "item_id"),
    (#"{"id":1,"genres":[],"categories":[]}"#, .duplicateKey, "categories"),
    (#"{"id":1,"x":1,"x":1}"#, .duplicateKey, "x"), (#"{"id":1.5}"#, .wrongType, "id"),
    (#"{"id":""}"#, .emptyText, "id"),
    (#"{"id":1,"title":7}"#, .wrongType, "title"), (#"{"id":1,"title":""}"#, .emptyText, "title"),
    (#"{"id":1,"genres":"Action"}"#, .wrongType, "genres"), (#"{"id":1,"genres":["a",null]}"#, .wrongType, "genres[1]"),
    (#"{"id":1,"tags":[1]}"#, .wrongType, "tags[0]"), (#"{"id":1,"year":"1999"}"#, .wrongType, "year"),
    (#"{"id":1,"year":0}"#, .outOfRange, "year"), (#"{"id":1,"year":10000}"#, .outOfRange, "year"),
    (#"{"id":1,"price":-0.01}"#, .outOfRange, "price"), (#"{"id":1,"price":"9"}"#, .wrongType, "price"),
    (#"{"id":1,"available":1}"#, .wrongType, "available"), (#"{"id":1"#, .syntax, nil), ("[]", .notObject, nil),
    ("", .emptyPayload, nil), (#"{"id":1} {}"#, .trailingText, nil),
  ]) func namesReasonAndField(payload: String, reason: EventFault.Reason, field: String?) {
    let fault = fault(payload)
    #expect(fault?.reason == reason && fault?.field == field, "\(fault?.description ?? "accepted")")
  }

  @Test func holdsThePayloadAgainstTheKey() {
    #expect(fault(#"{"id":1}"#, key: "2")?.reason == .inconsistent)
    #expect(fault("{}", key: String(repeating: "k", count: 257))?.reason == .tooLong)
  }

  @Test func boundsLabels() throws {
    func item(_ field: String, _ count: Int, _ length: Int = 3) -> String {
      let label = "\"" + String(repeating: "x", count: length) + "\""
      return "{\"id\":1,\"\(field)\":[" + [String](repeating: label, count: count).joined(separator: ",") + "]}"
    }
    #expect(try decode(item("genres", 32, 128)).genres.count == 32)
    #expect(fault(item("genres", 33))?.reason == .tooManyElements)
    #expect(fault(item("genres", 1, 129))?.reason == .tooLong)
    #expect(try decode(item("tags", 128)).tags.count == 128)
    #expect(fault(item("tags", 129))?.field == "tags[128]")
  }

  @Test(arguments: [
    ("42", IDForm.integer), ("-7", .integer), ("007", .string), ("+1", .string), ("-0", .string), ("a b", .string),
    ("9223372036854775808", .string), ("é", .string),
  ]) func readsKeys(text: String, form: IDForm) throws {
    let id = try Array(text.utf8).withUnsafeBytes { try EntityID.ofKey($0) }
    #expect(id.text == text && id.form == form)
  }

  @Test(arguments: [
    ([], EventFault.Reason.missing), ([0xFF], .badUTF8), ([UInt8](repeating: 65, count: 257), .tooLong),
  ])
  func refusesKeys(bytes: [UInt8], reason: EventFault.Reason) {
    #expect {
      try bytes.withUnsafeBytes { try EntityID.ofKey($0) }
    } throws: {
      ($0 as? EventFault)?.reason == reason
    }
  }
}
