import Features
import Foundation
import Probes
import Units

/// A unit that predicts the same of every row.
struct PriorUnit: TrainableUnit {
    let prepared: PreparedUnit

    init(_ prepared: PreparedUnit, _ settings: PriorSettings) throws(TrainingError) { self.prepared = prepared }

    var work: Double { 0 }

    /// Bytes of the logits while they are scored.
    func bytesAlone(_ context: PassContext) -> Int {
        6 * prepared.rows.test.count * prepared.outputs * MemoryLayout<Float>.size
    }

    func trained(_ context: PassContext) -> TrainedUnit {
        let start = ContinuousClock.now
        let logits = logits(of: prepared.testedTrainingRows)
        return prepared.trained(
            logits: prepared.rows.test.flatMap { _ in logits }, choice: [:], candidateScores: [],
            diagnostics: TrainingDiagnostics(), parameters: 0, trainingMACs: 0, head: nil,
            seconds: (ContinuousClock.now - start) / .seconds(1), settings: context.settings)
    }

    /// The logits of what n rows say, `[outputs]`: of classes ln((n_c + ½)/(n + C/2)), of yes or no
    /// ln((n₁ + ½)/(n₀ + ½)), of numbers their mean. The halves keep classes without rows finite (Krichevsky and
    /// Trofimov, 1981).
    private func logits(of rows: [Int]) -> [Float] {
        let (task, outputs) = (prepared.task, prepared.outputs)
        switch task.targets {
        case .classes(let labels) where outputs > 1:
            var counts = [Double](repeating: 0.5, count: outputs)
            for row in rows { counts[Int(labels[row])] += 1 }
            return counts.map { Float(log($0 / (Double(rows.count) + Double(outputs) / 2))) }
        case .scores(let scores):
            return [Float(rows.reduce(0) { $0 + Double(scores[$1]) } / Double(max(1, rows.count)))]
        case .classes, .indicators:
            let indicators = task.indicators
            return (0..<outputs).map { output in
                let positives = Double(rows.count { indicators[$0 * outputs + output] == 1 })
                return Float(log((positives + 0.5) / (Double(rows.count) - positives + 0.5)))
            }
        }
    }
}
