import ArgumentParser
import Features
import Foundation
import Numerics
import Sweeps
import Training

/// One fold's path of penalties by itself: seconds and objective of each, on the rows that `peers/fits.py` takes.
struct LogisticBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logistic",
        abstract: "Measure logistic regression penalty by penalty: n=40,500, D=768, C=100, 45 penalties.")

    @Option(help: "A folder for the features, as `training --keep` has it; they are written if they are not there yet.")
    var keep: String

    @Option(help: "A JSON file to write [penalty, objective, processor seconds] to, for peers/fits.py --beside.")
    var output: String?

    @Option(help: "Threads that share every product.")
    var threads = 1

    @Option(help: "Largest decrease that a fit still expects when it ends, as a share of the objective.")
    var gap = 1e-5

    @Option(help: "The kernel path.")
    var path: KernelPath = .best()

    private struct Row {
        let penalty: Double
        let fit: LogisticFit
        let seconds: Double
    }

    func run() throws {
        let features = TrainingCase.Features.vectors
        let set = try features.write(to: URL(filePath: keep).appending(path: features.rawValue).path)
        let rows = try fit(vectors(of: set.layer(0)))
        for row in rows {
            print(
                "C=\(String(format: "%.3g", row.penalty)): \(row.fit.evaluations) evaluations, "
                    + "\(row.seconds.rounded(to: 2)) s, "
                    + "objective \(String(format: "%.9f", row.fit.objective))")
        }
        let (seconds, evaluations) = (rows.reduce(0) { $0 + $1.seconds }, rows.reduce(0) { $0 + $1.fit.evaluations })
        print("\(rows.count) penalties: \(seconds.rounded(to: 2)) s of processor time, \(evaluations) evaluations")
        guard let output else { return }
        let values = rows.map { [$0.penalty, $0.fit.objective, $0.seconds] }
        try JSONEncoder().encode(values).write(to: URL(filePath: output))
    }

    private func fit(_ samples: (vectors: Matrix<Float>, labels: [Int32])) throws -> [Row] {
        let penalties = TrainingCase.distilledPenalties
        let pool = ThreadPool(threads: threads)
        return pool.sharingProducts {
            var before = processorSeconds()
            let regularization = RegularizationPath(
                samples.vectors, labels: samples.labels, classes: 100,
                settings: LogisticSettings(
                    penalties: penalties, maximumIterations: 1000, tolerance: 1e-4, gap: gap), on: path)
            return penalties.map { penalty in
                let fit = regularization.fit(penalty: penalty)
                let now = processorSeconds()
                defer { before = now }
                return Row(penalty: penalty, fit: fit, seconds: now - before)
            }
        }
    }

    /// Nine tenths of nine of ten folds, each fold the next hundred rows in turn.
    private func vectors(of layer: LayerTokens) -> (vectors: Matrix<Float>, labels: [Int32]) {
        let training = (0..<layer.samples).filter { $0 / 100 % 10 != 0 }
        let rows = training.indices.filter { $0 / 100 % 10 != 0 }.map { training[$0] }
        let vectors = Matrix<Float>(rows: rows.count, columns: layer.width)
        for (place, row) in rows.enumerated() {
            meanToken(layer.patchTokens(row), into: vectors.elements + place * layer.width)
        }
        return (vectors, rows.map { Int32($0 % 100) })
    }
}
