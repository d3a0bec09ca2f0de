import Events
import Testing

@Suite struct SplitterTests {
  private func split(_ body: String, maximumEvents: Int = 100, form: EventBatch.Form? = nil) -> (EventBatch, [String]) {
    var splitter = EventBatchSplitter(maximumEvents: maximumEvents)
    let bytes = Array(body.utf8)
    let batch = bytes.withUnsafeBytes { splitter.split($0, form: form) }
    return (batch, batch.events.map { String(decoding: bytes[$0], as: UTF8.self) })
  }

  @Test(arguments: [
    "{}", " {\"a\":\n1}\n", "{\"a\":[{\n}]}", "{\"a\":\n", "", " ", "5", "{} {}", "{\"a\": 1,\n\"b\" 2}",
  ]) func oneObjectIsOneEvent(body: String) {
    let (batch, events) = split(body)
    #expect(batch.form == .single && events == [body] && batch.fault == nil)
  }

  @Test func cutsArrays() {
    let (batch, events) = split(" [ {\"a\":1} , 5,\n{\"a\":{\"b\":\"]},{\"},\"a\":2}\n, [] ] ")
    #expect(batch.form == .array && batch.fault == nil)
    #expect(events == ["{\"a\":1}", "5", "{\"a\":{\"b\":\"]},{\"},\"a\":2}", "[]"])
    #expect(split("[]").1.isEmpty && split("[]").0.fault == nil)
  }

  @Test(arguments: [
    ("[{\"a\":1},{\"a\" 1},{}]", 1), ("[{},{},{\"a\":\"x", 2), ("[{},]", 1), ("[", 0), ("[{}", 1), ("[{} {}]", 1),
    ("[{},{\"a\":01}]", 1), ("[{}] x", 1), ("[{},{}] {}", 2),
  ]) func anArrayStopsAtItsFirstBrokenElement(body: String, index: Int) {
    let (batch, events) = split(body)
    #expect(events.count == index && batch.fault?.index == index)
    #expect(batch.fault?.fault.reason == .syntax || batch.fault?.fault.reason == .trailingText)
  }

  @Test func aBrokenRuleDoesNotStopAnArray() throws {
    let body =
      #"[{"type":"view","user":1,"user":1,"item":2},{"type":"view","user":1,"item":2},{"a":[[[[[[[[[1]]]]]]]]]}]"#
    let (batch, events) = split(body)
    #expect(batch.fault == nil && events.count == 3)
    let decoder = EventDecoder(rules: try standardRules())
    #expect(events.map { decoder.fault($0)?.reason } == [.duplicateKey, nil, .tooDeep])
  }

  @Test func linesGoOnAfterABadOne() {
    let (batch, events) = split("{\"a\":1}\r\n\n  \n{\"a\":\noops\n{\"b\":2}")
    #expect(batch.form == .lines && batch.fault == nil)
    #expect(events == ["{\"a\":1}\r", "{\"a\":", "oops", "{\"b\":2}"])
    #expect(split("{\"a\":1\n{\"b\":2}\n").1 == ["{\"a\":1", "{\"b\":2}"])
    #expect(split("{\"a\":1}\nx").1 == ["{\"a\":1}", "x"])
    #expect(split("{}\n", form: .lines).1 == ["{}"])
    #expect(split("\n\n", form: .lines).1.isEmpty)
  }

  @Test func boundsTheirNumber() {
    for body in ["[1,2,3,4]", "{}\n{}\n{}\n{}\n"] {
      let (batch, events) = split(body, maximumEvents: 3)
      #expect(events.count == 3 && batch.fault?.index == 3 && batch.fault?.fault.reason == .tooManyElements)
      #expect(split(body, maximumEvents: 4).0.fault == nil)
    }
  }

  @Test func holdsTextsOfAnyLength() {
    // Escapes in keys fill the scratch, which must be as long as the body.
    let key = String(repeating: #"\u00e9"#, count: 60_000)
    let body = "[{\"" + key + "\":1},{\"" + key + "\":1}]"
    #expect(split(body).1.count == 2)
    #expect(split("[" + String(repeating: "[", count: 100_000)).0.fault?.fault.reason == .tooDeep)
  }
}
