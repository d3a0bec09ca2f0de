/// What is wrong with a command line, a variable or a file, in words that name the place and the remedy.
public struct SettingsProblem: Error, Equatable, CustomStringConvertible {
  /// `EX_USAGE` of sysexits.h.
  public static let exitStatus: Int32 = 64

  public let description: String

  public init(_ description: String) { self.description = description }
}

/// A text that is not a value of its setting: the part of the message behind the setting's name.
public struct InvalidValue: Error, Equatable {
  public let reason: String

  public init(_ reason: String) { self.reason = reason }
}
