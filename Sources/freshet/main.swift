import Glibc
import Lifecycle
import Settings
import Telemetry

ProcessMemory.bound()
SignalSource.ignoreBrokenPipes()
exit(FreshetProgram.main())
