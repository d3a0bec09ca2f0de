import Foundation
import Synchronization
import TestSupport

/// A file system in memory that can be filled. Gone with the object, or with `unmount`.
final class SmallFileSystem: Sendable {
  private let path: String
  /// Kept, so that the folder goes after what is mounted in it.
  private let folder: TemporaryFolder
  private let isMounted = Atomic<Bool>(true)

  /// - Returns: nil where this process may not mount: then the folder stays what it is.
  init?(at path: String, in folder: TemporaryFolder, mebibytes: Int) {
    guard getuid() == 0 else { return nil }
    let mount = ["mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "none", path]
    guard let result = try? CommandLineTool.run(mount), result.status == 0 else { return nil }
    self.path = path
    self.folder = folder
  }

  deinit { unmount() }

  /// Whoever still has a file of it open keeps it alive, unseen.
  func unmount() {
    guard isMounted.exchange(false, ordering: .acquiringAndReleasing) else { return }
    _ = try? CommandLineTool.run(["umount", "-l", path])
  }
}
