package import Features
import Foundation
package import Identities
package import Ledger
package import Metrics
import Sweeps
import Training
package import Units

/// The predictions that a sweep kept, with the ground truth of their samples.
///
/// Statistics over out-of-fold predictions need no training: only labels are read, from the feature sets.
package struct KeptPredictions {
    private let ledger: any SweepReader
    private let sweep: SweepID
    private let hints: [String: String]
    private var locator: FeatureLocator
    private var tasks: [TaskReference: FeatureTask] = [:]

    /// - Parameters:
    ///   - sweep: its passes have the folders of the feature sets.
    ///   - roots: further folders to search for feature sets.
    package init(of sweep: SweepHeader, in ledger: any SweepReader, roots: [String] = []) throws {
        self.ledger = ledger
        self.sweep = sweep.id
        locator = FeatureLocator(roots: roots)
        hints = Dictionary(
            try ledger.passes(of: sweep.id).map { pass in
                (PassName.digest(of: pass.name), pass.folder)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// A unit's predictions of its test fold, with the ground truth; nil if none were kept.
    ///
    /// - Throws: `UnreadableResult` if they are unusable; a `WorkError`, `FeatureError` or `FeatureSetNotFound` if the
    ///   labels are not those of the unit; `LedgerError`.
    package mutating func predictions(
        of unit: ProbeUnit, key: UnitKey
    ) throws -> (kept: Predictions, truth: Prediction)? {
        guard let encoded = try ledger.predictions(of: key) else { return nil }
        let task = try task(of: unit)
        guard let kept = Predictions(encoded: encoded) else { throw unusable(key, "its predictions cannot be read") }
        guard kept.outputs == task.outputs, let last = kept.rows.last, last < task.samples.count,
            zip(kept.rows, kept.rows.dropFirst()).allSatisfy(<)
        else {
            throw unusable(
                key,
                "its predictions have \(kept.rows.count) rows of \(kept.outputs) outputs up to row "
                    + "\(kept.rows.last ?? 0), expected ascending rows of \(task.outputs) outputs below "
                    + "\(task.samples.count)")
        }
        return (kept, Prediction(scores: kept.scores, truth: task.truth(kept.rows)))
    }

    private func unusable(_ key: UnitKey, _ problem: String) -> UnreadableResult {
        UnreadableResult(key: key, sweep: sweep, problem: problem, repeated: ledger.repeated)
    }

    /// The task of a unit, with the negatives that were drawn for it and the targets that it was taught.
    package mutating func task(of unit: ProbeUnit) throws -> FeatureTask {
        if let known = tasks[unit.task] { return known }
        let set = try locator.find(unit.features, hints: hints[unit.features.digest].map { [$0] } ?? [])
        let whole = try locator.task(unit.task, of: set, hints: hints.values.sorted())
        let task = whole.taught(for: unit.task)
        tasks[unit.task] = task
        return task
    }
}

extension KeptPredictions {
    /// What an error of reading says in documents that are the same bytes wherever they are made: without folders, which
    /// are those of a machine.
    package static func finding(of error: any Error) -> String {
        switch error {
        case let error as UnreadableResult: error.finding
        case let error as FeatureSetNotFound:
            "layer \(error.layer.layer) of \(error.layer.set) (\(error.layer.digest.prefix(12))…), which has the labels, "
                + "was not found where this was made"
        case WorkError.otherLabels: "its labels have changed since the sweep was planned"
        default: "its labels could not be read where this was made"
        }
    }
}

/// Why results cannot be scored again.
package enum RescoringError: Error, CustomStringConvertible, Equatable {
    case unknownMetric(String, known: [String])
    case nothingKept(sweep: String)

    package var description: String {
        switch self {
        case .unknownMetric(let name, let known):
            "no task of the sweep has a metric named \"\(name)\"; its tasks have \(known.joined(separator: ", "))"
        case .nothingKept(let sweep):
            "sweep \(sweep) kept no predictions; run it with keep: predictions in a new state folder"
        }
    }
}
