import Glibc
import Lifecycle
import Settings
import Telemetry

SignalSource.ignoreBrokenPipes()
exit(FreshetProgram.main())
