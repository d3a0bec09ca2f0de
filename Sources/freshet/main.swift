import Glibc
import Lifecycle
import Settings
import Telemetry

// Before the first thread: all of them inherit the mask.
SignalSource.blockTermination()
exit(FreshetProgram.main())
