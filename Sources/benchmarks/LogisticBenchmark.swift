import ArgumentParser
import Features
import Foundation
import Numerics
import Sweeps
import Synchronization
import Training
import Units

/// Regularisation paths alone: seconds and objective of each fit, on the rows of `peers/fits.py`.
struct LogisticBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logistic",
        abstract: "Measure logistic regression penalty by penalty: n=40,500, D=768, C=100, 45 penalties.")

    @Option(help: "Folds of ten that are held out, one after another.")
    var folds = 1

    @Option(help: "A folder for the features, as with `training --keep`; they are written if missing.")
    var keep: String

    @Option(
        help: """
            A JSON file to write [penalty, objective, seconds of processor time] of each fit to, in a list for each \
            fold, for peers/fits.py --beside.
            """)
    var output: String?

    @Option(help: "Threads: each fits folds, or all share every product of a single fold.")
    var threads = 1

    @Option(help: "Convergence tolerance: the largest expected decrease when a fit ends, relative to the objective.")
    var gap = 1e-5

    @Option(help: "The kernel path.")
    var path: KernelPath = .best()

    private struct Row {
        let penalty: Double
        let fit: LogisticFit
        let seconds: Double
    }

    func validate() throws {
        guard (1...10).contains(folds) else { throw ValidationError("--folds is between 1 and 10, not \(folds).") }
    }

    func run() throws {
        let features = TrainingCase.Features.vectors
        let set = try features.write(to: URL(filePath: keep).appending(path: features.rawValue).path)
        let layer = try set.layer(0)
        let (start, processor) = (ContinuousClock.now, processorSeconds())
        let paths = fit(layer)
        let (wall, spent) = ((ContinuousClock.now - start) / .seconds(1), processorSeconds() - processor)
        for (fold, rows) in paths.enumerated() { show(rows, ofFold: fold) }
        print("\(folds) folds: \(wall.rounded(to: 2)) s, \(spent.rounded(to: 2)) s of processor time")
        guard let output else { return }
        try JSONEncoder().encode(paths.map { $0.map { [$0.penalty, $0.fit.objective, $0.seconds] } })
            .write(to: URL(filePath: output))
    }

    private func show(_ rows: [Row], ofFold fold: Int) {
        for row in rows {
            let (penalty, objective) = (String(format: "%.3g", row.penalty), String(format: "%.9f", row.fit.objective))
            print(
                "fold \(fold), C=\(penalty): \(row.fit.evaluations) evaluations, \(row.seconds.rounded(to: 2)) s, "
                    + "objective \(objective)")
        }
        let (seconds, evaluations) = (rows.reduce(0) { $0 + $1.seconds }, rows.reduce(0) { $0 + $1.fit.evaluations })
        print("\(rows.count) penalties: \(seconds.rounded(to: 2)) s of processor time, \(evaluations) evaluations")
    }

    private func fit(_ layer: LayerTokens) -> [[Row]] {
        let pool = ThreadPool(threads: threads)
        guard folds > 1 else { return [pool.sharingProducts { fits(layer, heldOut: 0, processorSeconds) }] }
        let paths = Mutex([[Row]](repeating: [], count: folds))
        pool.forEach(folds) { fold in
            let rows = fits(layer, heldOut: fold, threadSeconds)
            paths.withLock { $0[fold] = rows }
        }
        return paths.withLock { $0 }
    }

    /// - Parameter clock: Seconds of processor time so far.
    private func fits(_ layer: LayerTokens, heldOut fold: Int, _ clock: () -> Double) -> [Row] {
        let training = Self.training(layer, heldOut: fold)
        let penalties = TrainingCase.distilledPenalties
        var before = clock()
        let regularization = RegularizationPath(
            training.vectors, labels: training.labels, classes: 100,
            settings: LogisticSettings(
                penalties: penalties, maximumIterations: 1000, tolerance: 1e-4, gap: gap), on: path)
        return penalties.map { penalty in
            let fit = regularization.fit(penalty: penalty)
            let now = clock()
            defer { before = now }
            return Row(penalty: penalty, fit: fit, seconds: now - before)
        }
    }

    /// Nine tenths of nine of ten folds, each fold the next hundred rows in turn.
    private static func training(
        _ layer: LayerTokens, heldOut fold: Int
    ) -> (vectors: Matrix<Float>, labels: [Int32]) {
        let training = (0..<layer.samples).filter { $0 / 100 % 10 != fold }
        let rows = training.indices.filter { $0 / 100 % 10 != 0 }.map { training[$0] }
        let vectors = Matrix<Float>(rows: rows.count, columns: layer.width)
        for (place, row) in rows.enumerated() {
            meanToken(layer.patchTokens(row), into: vectors.elements + place * layer.width)
        }
        return (vectors, rows.map { Int32($0 % 100) })
    }
}
