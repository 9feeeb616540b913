/// Data from a coordinator's ledger for predicting a sweep: how long units took, and how many are done.
package struct PlanLearnedCosts: Sendable, Equatable {
    /// Factors for predicted seconds, by `ProbeUnit.kind`.
    package var corrections: [String: Double]
    /// Mean speed of the ledger's workers, relative to the machine that costs are predicted for.
    package var speed: Double
    /// Units of the plan that have a result.
    package var done: Int
    /// Their predicted seconds on a worker of speed 1, corrected.
    package var secondsDone: Double

    package init(corrections: [String: Double], speed: Double, done: Int, secondsDone: Double) {
        self.corrections = corrections
        self.speed = speed
        self.done = done
        self.secondsDone = secondsDone
    }
}
