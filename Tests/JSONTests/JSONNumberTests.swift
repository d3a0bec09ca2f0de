import JSON
import Testing

@Suite struct JSONNumberTests {
  private func double(_ text: String) -> Double? { Array(text.utf8).withUnsafeBytes { JSONNumber.double($0) } }

  @Test(arguments: [
    "1e309", "1" + String(repeating: "0", count: 309), "1" + String(repeating: "0", count: 400) + "e-50",
    "1" + String(repeating: "0", count: 400) + ".5", "0.0001e400", "1e99999999999999999999",
  ]) func tooLargeIsInfinite(text: String) {
    #expect(double(text) == .infinity)
    #expect(double("-" + text) == -.infinity)
  }

  @Test(arguments: [
    "1e-400", "0." + String(repeating: "0", count: 400) + "1", "0." + String(repeating: "0", count: 400) + "1e5",
    "1000e-400", "1e-99999999999999999999",
  ]) func tooSmallIsZero(text: String) {
    #expect(double(text) == 0 && double(text)?.sign == .plus)
    #expect(double("-" + text)?.sign == .minus)
  }

  @Test(arguments: ["", "-", "1x", "x", "1e", " 1"]) func whatIsNoNumberIsNil(text: String) {
    #expect(double(text) == nil)
  }
}
