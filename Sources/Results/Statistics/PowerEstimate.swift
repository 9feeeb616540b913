import Foundation

/// How much more evidence would resolve a pair that is open, if the difference and its spread stay as they were found.
///
/// Of several pairs each is tested at level/pairs, which is Holm's first step and so the most that may be needed; the
/// evidence is what gives the test a power of 0.8.
package enum PowerEstimate {
    /// The chance that the pair is then resolved.
    package static let power = 0.8

    /// The factor by which samples, with folds as they are, must grow: the standard error falls with the root of their
    /// number.
    ///
    /// - Parameters:
    ///   - differences: Fold by fold, of all repeats.
    ///   - folds: k.
    /// - Returns: Nil where there is no difference, or no spread to measure it by.
    static func sampleFactor(_ differences: [Double], folds: Int, pairs: Int) -> Double? {
        guard let spread = CorrelatedSpread(differences, folds: folds), spread.mean != 0, spread.standardError > 0
        else {
            return nil
        }
        let student = StudentDistribution(degreesOfFreedom: spread.degreesOfFreedom)
        let needed = student.quantile(1 - PairTest.level / Double(2 * pairs)) + student.quantile(power)
        let ratio = needed * spread.standardError / abs(spread.mean)
        return max(1, ratio * ratio)
    }

    /// The number of independent tasks. Wilcoxon's test is taken to need π/3 as many as a t-test of normal differences,
    /// and at least so many that its smallest p-value, 2^(1−N), is small enough.
    ///
    /// - Parameter differences: Task by task.
    /// - Returns: Nil where there is no difference or no spread.
    static func tasks(_ differences: [Double], pairs: Int) -> Int? {
        let count = Double(differences.count)
        guard count > 1 else { return nil }
        let mean = differences.reduce(0, +) / count
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        guard mean != 0, variance > 0 else { return nil }
        let level = PairTest.level / Double(pairs)
        let normal = StudentDistribution(degreesOfFreedom: 1e6)
        let needed = normal.quantile(1 - level / 2) + normal.quantile(power)
        let tasks = needed * needed * variance / (mean * mean) * Double.pi / 3
        // More than anybody has; also keeps the number an integer.
        return max(leastTasks(pairs: pairs), Int(min(tasks, 1e9).rounded(.up)))
    }

    /// The fewest tasks with which Wilcoxon's test can resolve one of several pairs.
    static func leastTasks(pairs: Int) -> Int {
        Int((1 + log2(Double(pairs) / PairTest.level)).rounded(.up))
    }
}
