package import Units

/// What a specification means that says nothing of folds and choices; methods have their own `standard`.
package enum SweepDefaults {
    package static let foldSchemes = ["stratified", "plain", "grouped", "hashed", "predefined"]

    package static let folds = FoldSettings(scheme: "stratified", count: 5, repeats: 1, seed: 0)
    package static let selection = SelectionSettings.standard
    package static let innerFolds = 5
    /// Fewer samples of a class than these choose nothing.
    package static let leastShotsToChooseBy = 4
    /// The largest value of `seeds`.
    package static let mostSeeds = 1000

    /// Seeded draws of each amount: few shots differ more from draw to draw.
    package static func draws(of shots: Shots) -> Int {
        shots.perClass.map { $0 <= 5 } ?? false ? 10 : 3
    }
}
