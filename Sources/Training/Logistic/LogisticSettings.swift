import Units

/// (1/n) Σ CE + s/(2·C·n)·‖W‖², intercept free, on pooled features of the mean square s per dimension (`FeatureScale`).
///
/// On standardised features, where s is 1, C is scikit-learn's; a constant factor of all features changes no prediction.
package struct LogisticSettings: TrainingMethod {
    /// Inverse penalties C to choose from, fitted in increasing order with warm starts.
    package var penalties: [Double]
    package var maximumIterations: Int
    /// Largest absolute gradient entry at which the fit stops, on features of the mean square 1.
    package var tolerance: Double
    /// Largest decrease that the fit may still expect when it stops, as a share of the objective. A gradient may be
    /// small only because features are.
    package var gap: Double
    /// The most penalties that are tried beyond the ends of the grid, where an end is better than its neighbour by more
    /// than one standard error.
    package var extend: Int

    package init(
        penalties: [Double], maximumIterations: Int, tolerance: Double, gap: Double = 1e-5, extend: Int = 3
    ) {
        self.penalties = penalties
        self.maximumIterations = maximumIterations
        self.tolerance = tolerance
        self.gap = gap
        self.extend = extend
    }
}

extension LogisticSettings {
    private enum Member: String, CodingKey {
        case penalties, maximumIterations, tolerance, gap, extend
    }

    /// Settings of units before version 3 have no extension.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        self.init(
            penalties: try container.decode([Double].self, forKey: .penalties),
            maximumIterations: try container.decode(Int.self, forKey: .maximumIterations),
            tolerance: try container.decode(Double.self, forKey: .tolerance),
            gap: try container.decode(Double.self, forKey: .gap),
            extend: try container.decodeIfPresent(Int.self, forKey: .extend) ?? 0)
    }
}
