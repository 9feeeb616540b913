import Units

/// (1/n) Σ CE + (1/(2·C·n)) ‖W‖², intercept free, on standardised or raw pooled features.
package struct LogisticSettings: TrainingMethod {
    /// Inverse penalties C to choose from, fitted in increasing order with warm starts.
    package var penalties: [Double]
    package var maximumIterations: Int
    /// Largest absolute gradient entry at which the fit stops.
    package var tolerance: Double
    /// Largest decrease that the fit may still expect when it stops, as a share of the objective. A gradient may be
    /// small only because features are.
    package var gap: Double

    package init(penalties: [Double], maximumIterations: Int, tolerance: Double, gap: Double = 1e-5) {
        self.penalties = penalties
        self.maximumIterations = maximumIterations
        self.tolerance = tolerance
        self.gap = gap
    }
}
