import Events
import State

extension AttributeValue {
  /// Nil for one that is to be removed.
  init?(_ attribute: AttributeView) {
    switch attribute.value {
    case .text(let text): self = .text(text.text)
    case .number(let number): self = .number(number)
    case .flag(let flag): self = .flag(flag)
    case .null: return nil
    }
  }
}
