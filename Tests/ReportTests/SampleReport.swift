import Identities
import Ledger
import Probes
import Results
import Sweeps
import Training
import Units

@testable import Report

/// A report of results that nobody trained: two backbones, two layers, four probes and three folds, with scores that are a
/// function of the unit's key.
enum SampleReport {
    static let specification = """
        features: [/data/0, /data/1]
        folds: {count: 3}
        probes:
          - {type: linear, solver: logistic}
          - {type: knn}
          - {type: efficient, queries: [4, 16]}
        """

    /// - Parameters:
    ///   - backbones: Two names.
    ///   - title: Nil for the sweep's name.
    static func make(
        backbones: [String] = ["alpha", "beta"], task: String = "class", sweep: String = "sample", title: String? = nil,
        specification: String? = specification
    ) throws -> Report {
        let table = ResultTable.make(try cells(backbones, task), against: .parameters)
        let header = SweepHeader(id: SweepID(1), name: sweep, units: table.blocks.flatMap(\.rows).count * 3)
        return Report(of: table, [ReportedSweep(header: header, specification: specification)], title: title)
    }

    static func cells(_ backbones: [String] = ["alpha", "beta"], _ task: String = "class") throws -> [ResultCell] {
        let facts = SweepFacts(sets: backbones.enumerated().map { set($1, folder: "/data/\($0)", task: task) })
        let plan = try Plan.make(SweepSpecification.read(text: specification, file: "sample.yaml"), facts)
        return plan.passes.flatMap { pass in
            pass.units.map { ResultCell(unit: $0.unit, key: $0.key, result: result($0)) }
        }
    }

    private static func set(_ name: String, folder: String, task: String) -> FeatureSetFacts {
        let layers = [3, 6].map {
            LayerFacts(
                index: $0, name: "block \($0)", digest: "\(name) \($0)", width: 64, tokens: 4...4, hasClassToken: true,
                bytes: 1_000_000)
        }
        let task = TaskFacts(
            name: task, digest: "digest of a task", kind: "classification", metric: "top1", classes: 3,
            classNames: nil, samples: 600, classCounts: [200, 200, 200], groups: nil, hasSplit: false)
        return FeatureSetFacts(name: name, folder: folder, samples: 600, layers: layers, tasks: [task])
    }

    private static func result(_ planned: PlannedUnit) -> UnitResult {
        let bytes = planned.key.bytes.map { Double($0) / 127.5 - 1 }
        let value = 0.6 + 0.004 * Double(planned.unit.features.layer) + 0.02 * bytes[0]
        let inner = value - 0.01 + 0.01 * bytes[1]
        return UnitResult(
            key: planned.key, metrics: ["top1": value], choice: ["epoch": 7, "learningRate": 0.001],
            candidateScores: [inner], trainingSamples: 400, testSamples: 200,
            parameters: planned.cost.probe.parameters, trainingMACs: 1e9,
            diagnostics: TrainingDiagnostics(
                candidates: ["learningRate": [0.001, 0.01]], losses: [0.1, 0.2], chosenBy: .loss, innerRows: 80,
                innerScore: inner, edges: planned.unit.probe.type == "linear" ? ["learningRate": .lowest] : [:],
                trainingScore: value + 0.05),
            observations: TestObservations(chance: 0.33, leastPositives: 60),
            provenance: Provenance(
                programVersion: "1.2.3", kernelPath: "portable", host: "secret-host", worker: "worker", threads: 1,
                blasThreads: 1, attempt: 1, seconds: 1))
    }
}
