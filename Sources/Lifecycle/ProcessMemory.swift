import CMemory

/// How this process asks the kernel for memory.
public enum ProcessMemory {
  /// Threads that allocate heavily at one time: more arenas keep memory for threads that no longer want it.
  private static let arenas: Int32 = 2
  /// A fixed threshold: glibc's own would grow to 32 MB, and keep the windows and matrices of a training for ever.
  private static let mappedBytes: Int32 = 256 << 10

  /// First thing in `main`, before there are threads.
  public static func bound() { cmemory_bound(arenas, mappedBytes) }

  /// Gives back what is free: after work that took much and will not come again soon. Any thread; some milliseconds.
  public static func trim() { cmemory_trim() }
}
