import Foundation

/// A cluster of three masters, for every test of the process that only needs to use one.
public enum SharedCluster {
  private static let folder = Result { try TemporaryFolder() }
  private static let cluster: Result<RedisCluster, any Error> = Result {
    let cluster = try RedisCluster(in: folder.get())
    atexit {
      guard let cluster = try? SharedCluster.cluster.get(), let folder = try? SharedCluster.folder.get() else { return }
      for server in cluster.servers { server.kill() }
      try? FileManager.default.removeItem(atPath: folder.path)
    }
    return cluster
  }

  public static func get() throws -> RedisCluster { try cluster.get() }
}
