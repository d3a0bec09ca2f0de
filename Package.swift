// swift-tools-version:6.2
import PackageDescription

// Every dependency is a Debian library behind one boundary target; there is no Swift package to resolve.
// A C target is imported by exactly one Swift module (see ARCHITECTURE.md).

let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
// -O3 comes after SwiftPM's own level, so kernels stay fast in every configuration.
let nativeC: [CSetting] = [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]
let nativeCXX: [CXXSetting] = [.unsafeFlags(["-O3", "-Wall", "-Wextra"])]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let boundaries: [Target] = [
  .systemLibrary(name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
  // No pkgConfig: hiredis.pc carries a flag that SwiftPM prohibits; the module map links the library.
  .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
  .target(
    name: "CMicrohttpd", cSettings: nativeC,
    linkerSettings: [.linkedLibrary("microhttpd"), .linkedLibrary("gnutls")]),
  .target(
    name: "CFaiss", cxxSettings: nativeCXX,
    linkerSettings: [
      .linkedLibrary("faiss"), .linkedLibrary("openblas"), .linkedLibrary("gomp"), .linkedLibrary("m"),
    ]),
  .target(name: "CLightGBM", cSettings: nativeC, linkerSettings: [.linkedLibrary("dl")]),
  .target(name: "CForest", cSettings: nativeC),
  .target(
    name: "CTOML",
    cxxSettings: nativeCXX + [.define("TOML_HEADER_ONLY", to: "0"), .define("TOML_SHARED_LIB", to: "1")],
    linkerSettings: [.linkedLibrary("tomlplusplus")]),
  .target(name: "CJSON", cxxSettings: nativeCXX),
  .target(name: "CHash", cSettings: nativeC),
  .target(name: "CMemory", cSettings: nativeC),
  .target(
    name: "CKernels", cSettings: nativeC, linkerSettings: [.linkedLibrary("openblas"), .linkedLibrary("m")]),
]

let modules: [Target] = [
  module("Identity", ["CHash"]),
  module("JSON", ["CJSON"]),
  module("Numerics", ["CKernels"]),
  module("Telemetry"),
  module("Lifecycle", ["CMemory", "Telemetry"]),
  module("Settings", ["CTOML"]),
  module("Artefacts", ["Identity", "JSON"]),
  module("Events", ["Identity", "JSON"]),
  module("Datasets", ["Identity", "Events", "JSON"]),
  module("Streams", ["CRdKafka", "Identity", "JSON", "Telemetry", "Lifecycle"]),
  module("State", ["Identity"]),
  module("Store", ["CHiredis", "Identity", "Telemetry"]),
  module("Features", ["State", "Identity", "Numerics"]),
  module("Towers", ["Numerics", "Identity"]),
  module("Retrieval", ["CFaiss", "Numerics", "Identity"]),
  module("Ranking", ["CLightGBM", "CForest", "JSON", "Numerics"]),
  module("Drift", ["JSON"]),
  module(
    "Recommender",
    ["State", "Features", "Towers", "Retrieval", "Ranking", "Drift", "Numerics", "Identity", "Artefacts", "JSON"]),
  module(
    "Training",
    [
      "Replica", "Streams", "Recommender", "Features", "Towers", "Ranking", "Drift", "State", "Identity", "Artefacts",
      "Telemetry", "Lifecycle", "JSON",
    ]),
  // What every process that scores holds: the item state, the catalogue and the bundle, each following its source.
  module(
    "Replica",
    [
      "Streams", "Store", "State", "Events", "Recommender", "Features", "Towers", "Retrieval", "Ranking", "Artefacts",
      "Drift", "Identity", "Telemetry", "Lifecycle", "JSON",
    ]),
  module(
    "Ingest",
    [
      "Replica", "Streams", "Store", "State", "Events", "Recommender", "Towers", "Training", "Identity", "Telemetry",
      "Lifecycle", "JSON",
    ]),
  module("HTTP", ["CMicrohttpd", "Telemetry", "Lifecycle"]),
  module(
    "Serving",
    ["HTTP", "Recommender", "Features", "Towers", "Store", "State", "Identity", "Telemetry", "Lifecycle", "JSON"]),
  module(
    "Evaluation",
    [
      "Recommender", "Training", "Features", "Towers", "Retrieval", "Ranking", "State", "Store", "Datasets", "Identity",
      "Events", "JSON",
    ]),
  .executableTarget(
    name: "freshet",
    dependencies: [
      "Serving", "Ingest", "Replica", "Training", "Evaluation", "Settings", "Telemetry", "Lifecycle", "Datasets",
      "Streams", "Store", "Artefacts", "Events", "HTTP", "State", "Identity", "JSON", "Recommender", "Retrieval",
      "Drift", "Features", "Ranking", "Towers",
    ], swiftSettings: strict),
]

let testTargets: [Target] = [
  .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
  tests("Identity", ["Identity"]),
  tests("JSON", ["JSON"]),
  tests("Numerics", ["Numerics"]),
  tests("Telemetry", ["Telemetry", "Lifecycle"]),
  tests("Settings", ["Settings"]),
  tests("Artefacts", ["Artefacts"]),
  // Test oracle of the event decoder (package libsimdjson-dev); nothing that ships uses it.
  .target(
    name: "CSimdjsonOracle", path: "Tests/CSimdjsonOracle", cxxSettings: nativeCXX,
    linkerSettings: [.linkedLibrary("simdjson")]),
  tests("Events", ["Events", "Identity", "JSON", "CSimdjsonOracle"]),
  tests("Datasets", ["Datasets"]),
  tests("Streams", ["Streams", "Identity"]),
  tests("State", ["State"]),
  tests("Store", ["Store"]),
  tests("Features", ["Features", "State", "Identity"]),
  tests("Towers", ["Towers", "Identity"]),
  tests("Retrieval", ["Retrieval", "Identity"]),
  tests("Ranking", ["Ranking", "Numerics"]),
  tests("Drift", ["Drift"]),
  tests(
    "Recommender",
    ["Recommender", "Training", "Evaluation", "Datasets", "Features", "Towers", "Retrieval", "State", "Identity"]),
  tests(
    "Training",
    [
      "Training", "Features", "Ranking", "Recommender", "Artefacts", "Replica", "State", "Identity", "Telemetry",
      "Lifecycle",
      "JSON",
    ]),
  tests("Replica", ["Replica", "Recommender", "Artefacts", "Store", "State", "Identity", "Lifecycle", "Telemetry"]),
  tests(
    "Ingest",
    [
      "Ingest", "Store", "State", "Identity", "Events", "Streams", "Replica", "Recommender", "Features", "Training",
      "Towers", "Ranking", "Artefacts", "JSON", "Telemetry", "Lifecycle",
    ]),
  tests("HTTP", ["HTTP"]),
  tests(
    "Serving",
    [
      "Serving", "HTTP", "Recommender", "Features", "State", "Store", "Identity", "Telemetry", "Lifecycle", "JSON",
    ]),
  // Holds deploy/ against the metrics and the settings.
  tests("Deploy", ["JSON", "Settings", "Telemetry"]),
  // Drives the built executable against real servers.
  tests("EndToEnd", ["JSON", "FaultRig"]),
  // The fault matrix: real servers and processes, broken at random moments; the long form is `freshet-faults`.
  .target(
    name: "FaultRig",
    dependencies: [
      "TestSupport", "Ingest", "Store", "State", "Streams", "Events", "Identity", "Settings", "Telemetry", "JSON",
    ], path: "Tests/FaultRig", swiftSettings: strict),
  .executableTarget(
    name: "freshet-faults", dependencies: ["FaultRig"], path: "Tests/freshet-faults", swiftSettings: strict),
]

// In this package and not in one of its own: targets with unsafe flags cannot be a dependency.
let benchmarks: [Target] = [
  .target(name: "CAllocations", path: "Benchmarks/CAllocations", cSettings: nativeC),
  .executableTarget(
    name: "freshet-bench",
    dependencies: [
      "CAllocations", "Identity", "JSON", "Events", "State", "Store", "Features", "Ranking", "Recommender", "HTTP",
      "Datasets",
    ],
    path: "Benchmarks/freshet-bench", swiftSettings: strict),
  .executableTarget(name: "freshet-load", path: "Benchmarks/freshet-load", swiftSettings: strict),
]

let package = Package(
  name: "freshet",
  targets: boundaries + modules + testTargets + benchmarks,
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17)
