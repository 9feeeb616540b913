import Foundation
import Identities
import Probes
import Sweeps
import Training
import Units

@testable import Results

/// Results of several backbones that nobody trained: a backbone's skill, a little for the layer, and noise that is a
/// function of the unit's key.
enum BoardSamples {
    static let skills = ["alpha": 0.05, "beta": 0.04, "gamma": -0.03]

    /// - Parameters:
    ///   - backbones: The skill of each.
    ///   - data: The tasks of each data set; the tasks of one data set share its samples.
    ///   - noise: Of a fold, half its range.
    ///   - cut: Backbones whose sets were cut to the samples that all have.
    static func table(
        _ backbones: [String: Double] = skills, data: [[String]], folds: Int = 5, noise: Double = 0.02,
        probes: String = "[knn, {type: linear, solver: logistic}]", innerRows: Int = 80, cut: Set<String> = [],
        isMissing: (ProbeUnit) -> Bool = { _ in false }
    ) throws -> ResultTable {
        var rows = [RowCells](
            try cells(backbones, data: data, folds: folds, noise: noise, probes, innerRows, cut, isMissing))
        for index in rows.indices {
            rows[index].names.features = String(rows[index].unit.features.set.prefix { $0 != "@" })
        }
        return ResultTable.make(rows, against: .parameters)
    }

    private static func cells(
        _ backbones: [String: Double], data: [[String]], folds: Int, noise: Double, _ probes: String, _ innerRows: Int,
        _ cut: Set<String>, _ isMissing: (ProbeUnit) -> Bool
    ) throws -> [ResultCell] {
        let sets = backbones.keys.sorted().flatMap { backbone in
            data.enumerated().map { set("\(backbone)@\($0)", tasks: $1, isCut: cut.contains(backbone)) }
        }
        let text = """
            features: [\(sets.map(\.folder).joined(separator: ", "))]
            folds: {count: \(folds)}
            probes: \(probes)
            """
        let plan = try Plan.make(
            SweepSpecification.read(text: text, file: "board.yaml"), SweepFacts(sets: sets))
        return plan.passes.flatMap { pass in
            pass.units.map { planned in
                let unit = planned.unit
                let skill = backbones[String(unit.features.set.prefix { $0 != "@" })] ?? 0
                return ResultCell(
                    unit: unit, result: isMissing(unit) ? nil : result(of: planned, skill, noise, innerRows))
            }
        }
    }

    private static func set(_ name: String, tasks: [String], isCut: Bool) -> FeatureSetFacts {
        let layers = [3, 6].map {
            LayerFacts(
                index: $0, name: "block \($0)", digest: "\(name) \($0)", width: 64, tokens: 4...4, hasClassToken: true,
                bytes: 1_000_000)
        }
        return FeatureSetFacts(
            name: name, folder: "/data/\(name)", samples: 600, layers: layers,
            tasks: tasks.map {
                TaskFacts(
                    name: $0, digest: "digest of \($0)", kind: "classification", metric: "top1", classes: 3,
                    classNames: nil, samples: 600, classCounts: [200, 200, 200], groups: nil, hasSplit: false,
                    common: isCut ? [String(repeating: "c", count: 64)] : nil)
            })
    }

    private static func result(of planned: PlannedUnit, _ skill: Double, _ noise: Double, _ innerRows: Int)
        -> UnitResult
    {
        let unit = planned.unit
        let bytes = planned.key.bytes.map { Double($0) / 127.5 - 1 }
        let value = 0.6 + skill + 0.004 * Double(unit.features.layer) + noise * bytes[0]
        let inner = value - 0.01 + 0.01 * bytes[1]
        return UnitResult(
            key: planned.key, metrics: ["top1": value], choice: [:], candidateScores: [inner], trainingSamples: 400,
            testSamples: 120, parameters: planned.cost.probe.parameters, trainingMACs: 1e9,
            diagnostics: TrainingDiagnostics(
                candidates: ["neighbours": [5]], losses: [1 - inner], chosenBy: .loss, innerRows: innerRows,
                innerScore: inner,
                trainingScore: value + 0.05),
            observations: TestObservations(chance: 0.2, leastPositives: 40),
            provenance: Provenance(
                programVersion: "1", kernelPath: "portable", host: "host", worker: "worker", threads: 1, blasThreads: 1,
                attempt: 1, seconds: 1))
    }
}
