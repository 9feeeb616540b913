/// What a coordinator's ledger knows that helps to predict a sweep: how long units took, and which are done.
package struct PlanLearnedCosts: Sendable, Equatable {
    /// What predicted seconds are to be multiplied by, by `Unit.kind`.
    package var corrections: [String: Double]
    /// How fast the ledger's workers are, relative to the machine that costs are predicted for; their mean.
    package var speed: Double
    /// Units of the plan that have a result.
    package var done: Int
    /// Predicted seconds of those on a worker of speed 1, corrected.
    package var secondsDone: Double

    package init(corrections: [String: Double], speed: Double, done: Int, secondsDone: Double) {
        self.corrections = corrections
        self.speed = speed
        self.done = done
        self.secondsDone = secondsDone
    }
}
