/// Errors of predictions against their targets.
///
/// All are undefined without samples and where a prediction or a target is not finite.
extension Metrics {
    /// R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², ȳ being the mean of these targets. The constant prediction ȳ scores 0; a worse
    /// one scores below it, without bound. Undefined for constant targets and for fewer than two (scikit-learn returns
    /// 1 or 0 for constant targets).
    static func determination(_ predictions: [Double], _ targets: [Double]) -> Double? {
        guard targets.count > 1, let error = meanSquaredError(predictions, targets) else { return nil }
        // The first target is taken out beforehand: for constant targets the mean is then exact, and so is the 0 below.
        let shifted = targets.map { $0 - targets[0] }
        let mean = shifted.reduce(0, +) / Double(shifted.count)
        let spread = shifted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return spread > 0 ? 1 - error * Double(targets.count) / spread : nil
    }

    /// (1/n)·Σ(y − ŷ)².
    static func meanSquaredError(_ predictions: [Double], _ targets: [Double]) -> Double? {
        meanError(predictions, targets) { $0 * $0 }
    }

    /// (1/n)·Σ|y − ŷ|.
    static func meanAbsoluteError(_ predictions: [Double], _ targets: [Double]) -> Double? {
        meanError(predictions, targets) { abs($0) }
    }

    private static func meanError(
        _ predictions: [Double], _ targets: [Double], _ loss: (Double) -> Double
    ) -> Double? {
        precondition(
            predictions.count == targets.count,
            "\(predictions.count) predictions do not match \(targets.count) targets."
        )
        guard !targets.isEmpty, (predictions + targets).allSatisfy(\.isFinite) else { return nil }
        return zip(predictions, targets).reduce(0) { $0 + loss($1.0 - $1.1) } / Double(targets.count)
    }
}
