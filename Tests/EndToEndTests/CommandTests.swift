import Foundation
import JSON
import TestSupport
import Testing

/// Each command: help, exit status, what it says.
@Suite struct CommandTests {
  private static let commands = [
    "run", "ingest", "train", "serve", "produce", "evaluate", "validate", "topics", "state", "replay", "models",
    "doctor",
    "config",
  ]

  @Test(arguments: commands) func helpHasAnExampleAndBadFlagsAreUsage(command: String) throws {
    let help = try Freshet.command([command, "--help"])
    #expect(help.status == 0 && help.output.contains("Usage: freshet \(command)"))
    #expect(help.output.contains("Examples:\n") && help.output.contains("freshet \(command)"))
    let wrong = try Freshet.command([command, "--no-such-flag"])
    #expect(wrong.status == 64 && wrong.errors.contains("unknown flag --no-such-flag"), "\(wrong.errors)")
  }

  @Test func theListNamesEveryCommand() throws {
    let help = try Freshet.command(["--help"])
    for command in Self.commands { #expect(help.output.contains("\n  \(command)")) }
    #expect(try Freshet.command(["--version"]).status == 0)
    #expect(try Freshet.command([]).status == 64)
    #expect(try Freshet.command(["rum"]).errors.contains("did you mean run?"))
  }

  @Test func validateCountsByReason() throws {
    let good = try Freshet.command(
      ["validate", "streams/samples/interactions.valid.ndjson", "streams/samples/items.valid.ndjson"])
    #expect(good.status == 0 && good.output.contains(" 0 refused"))
    let bad = try Freshet.command(["validate", "streams/samples/interactions.invalid.ndjson"])
    let text = try String(contentsOfFile: "streams/samples/interactions.invalid.ndjson", encoding: .utf8)
    let lines = text.split(separator: "\n").count
    #expect(bad.status == 1 && bad.output.hasPrefix("\(lines) lines: 0 valid, \(lines) refused"), "\(bad.output)")
    #expect(bad.output.contains("first at streams/samples/interactions.invalid.ndjson:"))
    let missing = try Freshet.command(["validate", "/nowhere.ndjson"])
    #expect(missing.status == 1 && missing.errors.contains("/nowhere.ndjson"))
  }

  @Test func commandsWithoutTheirServersSayWhatToDo() throws {
    let folder = try TemporaryFolder()
    let state = ["--state", folder.path + "/none"]
    let topics = try Freshet.command(["topics", "describe"] + state)
    #expect(topics.status == 1 && topics.errors.contains("set KAFKA_BROKERS"))
    let models = try Freshet.command(["models", "list"] + state)
    #expect(models.status == 1 && models.errors.contains("nothing was trained"))
    let replay = try Freshet.command(["replay"] + state)
    #expect(replay.status == 1 && replay.errors.contains("--from-log"))
    let redis = try Freshet.command(["state", "hash", "--redis-url", "redis://127.0.0.1:\(try FreePorts.one())"])
    #expect(redis.status == 1 && redis.errors.contains("127.0.0.1"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
  }

  @Test func doctorNamesTheRemedy() throws {
    let folder = try TemporaryFolder()
    let state = ["--state", folder.path, "--port", "0"]
    let good = try Freshet.command(["doctor"] + state)
    #expect(good.status == 0 && good.output.contains(" 0 failures"), "\(good.output)")
    let port = try FreePorts.one()
    let bad = try Freshet.command(
      [
        "doctor", "--kafka-brokers", "127.0.0.1:\(port)", "--redis-url", "redis://127.0.0.1:\(port)", "--data",
        "/nowhere",
        "--ranker-library", "/nowhere.so",
      ] + state)
    #expect(bad.status == 1, "\(bad.output)")
    for subject in ["lightgbm", "data", "redis", "kafka"] {
      #expect(bad.output.split(separator: "\n").contains { $0.hasPrefix("failure  \(subject)") }, "\(subject)")
    }
    #expect(bad.output.contains("make setup"))
  }

  @Test func runWithoutItsLibraryFailsAtOnce() throws {
    let folder = try TemporaryFolder()
    let result = try Freshet.command(
      ["run", "--state", folder.path + "/state"], environment: ["FRESHET_LIGHTGBM": "/nowhere/lib_lightgbm.so"])
    #expect(
      result.status == 1 && result.errors.contains("/nowhere/lib_lightgbm.so") && result.errors.contains("make setup"))
  }

  @Test func theDataSetHasItsVariable() throws {
    let shown = try Freshet.command(["config", "show"], environment: ["FRESHET_DATA": "here", "FRESHET_LIGHTGBM": ""])
    #expect(shown.status == 0 && shown.output.contains("here") && shown.output.contains("FRESHET_DATA"))
  }
}
