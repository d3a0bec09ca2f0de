/// Why a command cannot do what it was asked: what is wrong, and what to do.
struct CommandError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
