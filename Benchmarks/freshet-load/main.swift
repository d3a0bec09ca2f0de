@preconcurrency import Glibc

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") || arguments.contains("-h") {
  print(LoadOptions.help, terminator: "")
  exit(0)
}
do {
  var run = try LoadRun(try LoadOptions(arguments))
  let figures = try run.run()
  print(figures.text)
  exit(figures.isGood ? 0 : 1)
} catch {
  fputs("freshet-load: \(error)\n", stderr)
  exit(64)
}
