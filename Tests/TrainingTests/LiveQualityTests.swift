import Testing

@testable import Training

@Suite struct LiveQualityTests {
  @Test func figuresAreThoseOfTheNewestAnswers() {
    var quality = LiveQuality(window: 3)
    quality.add(rank: 9, popularityRank: nil, list: [1, 2])
    for rank in [0, 1] { quality.add(rank: rank, popularityRank: 0, list: [3, 4]) }
    quality.add(rank: nil, popularityRank: 12, list: [3])
    let figures = quality.figures(catalogueCount: 8)
    #expect(figures.answers == 3 && figures.total == 4)
    #expect(abs(figures.ndcg10 - (1 + 1 / 1.584962500721156) / 3) < 1e-12)
    #expect(figures.hit10 == 2.0 / 3)
    #expect(figures.popularityHit10 == 2.0 / 3)
    #expect(figures.coverage10 == 2.0 / 8, "items 1 and 2 have left the window")
  }

  @Test func nothingYetIsZero() {
    #expect(LiveQuality().figures(catalogueCount: 0).ndcg10 == 0)
  }
}
