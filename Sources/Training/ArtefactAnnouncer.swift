import Artefacts

/// Tells the other processes of a new version, after it can be read. The directory is the truth; an announcement only
/// saves waiting for the next look at it.
public protocol ArtefactAnnouncer: Sendable {
  func announce(_ version: ArtefactVersion)
}

/// For one process, whose bundle looks into the directory by itself.
public struct SilentAnnouncer: ArtefactAnnouncer {
  public init() {}
  public func announce(_ version: ArtefactVersion) {}
}
