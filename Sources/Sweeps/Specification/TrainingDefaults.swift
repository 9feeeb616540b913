import Identities
package import Units

/// The settings of a specification that says nothing about training.
///
/// The literature's recipe (LARS, base rate 0.1, batch 4096, 90 epochs, 10 of them warm-up) takes 28,000 steps on
/// ImageNet; on the few thousand samples of most probing sets it takes a hundred, and trains nothing. The defaults are
/// therefore CAPI's, shortened: AdamW, learning rates a factor √10 apart of which the inner split chooses one, and 20
/// epochs of batches of 256, the best of which the inner split chooses as well. `sweeps/published.yaml` has the
/// literature's.
package enum TrainingDefaults {
    package static let optimizers = ["adamw", "sgd", "lars"]
    package static let similarities = ["cosine", "inner"]
    package static let foldSchemes = ["stratified", "plain", "grouped", "predefined"]

    package static let folds = FoldSettings(scheme: "stratified", count: 5, repeats: 1, seed: 0)
    package static let selection = SelectionSettings.standard

    /// 1,024 samples in a window: four batches of 256, each of them from sixteen places.
    package static let shuffle = BlockShuffle(block: 64, window: 16)

    package static let innerFolds = 5
    package static let draws = 3

    /// Learning rates and weight decays are of the size that each optimiser takes: LARS scales by ‖p‖/‖g‖ and SGD by
    /// nothing, so both take the literature's 0.1 as their centre and no decay; AdamW's steps have unit size.
    package static func gradient(optimizer: String) -> GradientSettings {
        let isAdaptive = optimizer == "adamw"
        return GradientSettings(
            optimizer: optimizer, momentum: 0.9, beta2: isAdaptive ? 0.999 : 0, trust: optimizer == "lars" ? 0.001 : 0,
            learningRates: isAdaptive ? [0.0003, 0.001, 0.003, 0.01] : [0.03, 0.1, 0.3, 1],
            weightDecays: isAdaptive ? [0.05] : [0], epochs: 20, warmup: 2, batch: 256)
    }

    /// Seven inverse penalties a factor 10 apart around scikit-learn's 1, and scikit-learn's stopping rule.
    package static let logistic = LogisticSettings(
        penalties: [0.001, 0.01, 0.1, 1, 10, 100, 1000], maximumIterations: 1000, tolerance: 0.0001)

    /// Seven penalties a factor 10 apart around scikit-learn's 1.
    package static let ridge = RidgeSettings(penalties: [0.001, 0.01, 0.1, 1, 10, 100, 1000])

    /// DINOv2's numbers of neighbours and its temperature.
    package static let neighbours = NeighbourSettings(
        neighbours: [10, 20, 100, 200], temperatures: [0.07], similarity: "cosine")
}
