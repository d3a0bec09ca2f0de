import Settings
import Training

extension TrainingService.Configuration {
  /// What the settings say of trainings, in a role and in a stage of its own alike.
  init(_ settings: FreshetSettings) {
    self.init()
    recipe.seed(UInt64(clamping: settings.seed))
    recipe.kind = settings.ranker.kind == .lambdaMART ? .lambdaMART : .combined
    recipe.lambdaMART.rounds = settings.ranker.estimators
    recipe.lambdaMART.leaves = settings.ranker.leaves
    recipe.lambdaMART.learningRate = settings.ranker.learningRate
    rankerInterval = settings.ranker.interval
    towers.dimension = settings.towers.dimensions
    towers.seed = UInt64(clamping: settings.seed)
    towerInterval = settings.towers.interval
  }
}
