import Units

/// ‖Y − XW − b‖² + α‖W‖², intercepts free, on raw pooled features; classes and labels as ±1.
package struct RidgeSettings: TrainingMethod {
    /// Penalties α to choose from; 0 is least squares, with the minimum-norm solution.
    package var penalties: [Double]

    package init(penalties: [Double]) {
        self.penalties = penalties
    }
}
