import Settings
import TestSupport
import Testing

@Suite struct DocumentationTests {
  @Test func theTableOfSettingsIsTheProgramsOwn() throws {
    let page = try Repository.text("docs/settings.md")
    #expect(page.hasSuffix("\n\n" + FreshetSettings.table.table()), "docs/settings.md is old: make docs")
  }

  /// Every variable that a page names is one that the program, its scripts or its tests read.
  @Test(arguments: ["README.md", "CONTRIBUTING.md", "Makefile"]) func variablesAreReal(page: String) throws {
    let known =
      try ["docs/settings.md", "scripts/setup", "scripts/test", "scripts/data", "CONTRIBUTING.md"]
      .map(Repository.text).joined() + "FRESHET_FAULTS"
    for name in try Repository.text(page).matches(of: /FRESHET_[A-Z_]*[A-Z]/).map({ String($0.output) }) {
      #expect(known.contains(name), "\(page): \(name)")
    }
  }

  @Test(arguments: ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"]) func makeTargetsAreReal(page: String) throws {
    let makefile = "\n" + (try Repository.text("Makefile"))
    for match in try Repository.text(page).matches(of: /(?:`| {4})make ([a-z-]+)/) {
      #expect(makefile.contains("\n\(match.1):"), "\(page): make \(match.1)")
    }
  }

  @Test(arguments: ["README.md", "CONTRIBUTING.md"]) func linkedFilesAreThere(page: String) throws {
    for match in try Repository.text(page).matches(of: /\]\(([A-Za-z][A-Za-z0-9_.\/-]*)\)/) {
      #expect(throws: Never.self, "\(page): \(match.1)") { try Repository.text(String(match.1)) }
    }
  }
}
