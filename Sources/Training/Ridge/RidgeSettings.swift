import Units

/// ‖Y − XW − b‖² + α·s·‖W‖², intercepts free, on pooled features of the mean square s per dimension (`FeatureScale`);
/// classes and labels as ±1.
///
/// On standardised features, where s is 1, α is scikit-learn's; a constant factor of all features changes no prediction.
package struct RidgeSettings: TrainingMethod {
    /// Penalties α to choose from; 0 is least squares, with the minimum-norm solution.
    package var penalties: [Double]
    /// The most penalties that are tried beyond the ends of the grid, where an end is better than its neighbour by more
    /// than one standard error.
    package var extend: Int

    package init(penalties: [Double], extend: Int = 3) {
        self.penalties = penalties
        self.extend = extend
    }
}

extension RidgeSettings {
    private enum Member: String, CodingKey {
        case penalties, extend
    }

    /// Settings of units before version 3 have no extension.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        self.init(
            penalties: try container.decode([Double].self, forKey: .penalties),
            extend: try container.decodeIfPresent(Int.self, forKey: .extend) ?? 0)
    }
}
