import Identities
import Probes
import Results
import Sweeps
import Training
import Units

/// Results that nobody trained: two tasks, two layers, five probes, three folds, with values made by a formula.
enum SampleResults {
    static let specification = """
        features: /data/wordnet
        layers: [4, 6]
        folds: {count: 3}
        probes:
          - {type: linear, input: [class, mean], solver: gradient}
          - {type: linear, solver: logistic}
          - {type: knn, knn: {neighbours: [5, 20]}}
          - {type: efficient, queries: 4, output: [D, D/4]}
        training: {learning-rates: [0.001, 0.01], epochs: 10, recipe: published}
        """

    static func plan() throws -> Plan {
        let tasks = [("lexname", "top1", 11), ("colour", "log-loss", 3)].map { name, metric, classes in
            TaskFacts(
                name: name, digest: "digest of \(name)", kind: "classification", metric: metric, classes: classes,
                classNames: nil, samples: 200 * classes, classCounts: Array(repeating: 200, count: classes),
                groups: nil,
                hasSplit: false)
        }
        let layers = (0..<7).map {
            LayerFacts(
                index: $0, name: "block \($0)", digest: "digest of layer \($0)", width: 384, tokens: 4...31,
                hasClassToken: true, bytes: 28_000_000)
        }
        let facts = SweepFacts(sets: [
            FeatureSetFacts(name: "wordnet", folder: "/data/wordnet", samples: 2200, layers: layers, tasks: tasks)
        ])
        return try Plan.make(SweepSpecification.read(text: specification, file: "sample.yaml"), facts)
    }

    /// - Parameter isMissing: Which cells stay without a result.
    static func cells(isMissing: (ProbeUnit) -> Bool = { _ in false }) throws -> [ResultCell] {
        try plan().passes.flatMap { pass in
            pass.units.map { planned in
                let unit = planned.unit
                return ResultCell(unit: unit, result: isMissing(unit) ? nil : result(of: planned))
            }
        }
    }

    /// - Parameter change: What is done to each result.
    static func table(_ change: (ProbeUnit, inout UnitResult) -> Void) throws -> ResultTable {
        let cells = try cells().map { cell in
            var cell = cell
            if var result = cell.result {
                change(cell.unit, &result)
                cell.result = result
            }
            return cell
        }
        return ResultTable.make(cells, against: .parameters)
    }

    /// Trained long enough on the larger layer, and for too few steps on the other, where one fold chose the grid's edge.
    private static func diagnostics(
        of unit: ProbeUnit, _ scores: [Double], training: Double
    ) -> TrainingDiagnostics {
        guard unit.solver.settings is GradientSettings else {
            let candidates = unit.probe.type == "knn" ? ["neighbours": [5.0, 20]] : ["penalty": [0.1, 1]]
            return TrainingDiagnostics(
                candidates: candidates, losses: scores.map { 1 - $0 }, chosenBy: .loss, innerRows: 120,
                innerScore: scores[0], trainingScore: training)
        }
        let isShort = unit.features.layer == 4
        return TrainingDiagnostics(
            candidates: ["learningRate": [0.001, 0.01]], losses: scores.map { 1 - $0 }, chosenBy: .loss, innerRows: 120,
            innerScore: scores[0], edges: isShort && unit.fold.heldOut == 1 ? ["learningRate": .highest] : [:],
            steps: isShort ? 90 : 900, isLastEpoch: isShort && unit.fold.heldOut == 2, trainingScore: training)
    }

    private static func result(of planned: PlannedUnit) -> UnitResult {
        let unit = planned.unit
        let size = Double(planned.cost.probe.parameters + 1)
        let skill = 0.5 + 0.02 * Double(unit.features.layer) + size / (size + 400_000) / 4
        let value = skill + [0.01, -0.0075, 0.003][unit.fold.heldOut]
        var choice: [String: Double] = ["neighbours": 20]
        if unit.solver.settings is GradientSettings {
            choice = ["learningRate": unit.fold.heldOut == 1 ? 0.01 : 0.001, "epoch": Double(7 + unit.fold.heldOut)]
        } else if unit.solver.settings is LogisticSettings {
            choice = ["penalty": 0.1]
        }
        // The inner split sees a little less than the test fold, and another luck.
        let inner = value - 0.01 + 0.02 * (Double(planned.key.bytes[1]) / 256 - 0.5)
        let scores = [inner, inner - 0.05].map { unit.task.metric == "top1" ? $0 : 2 - 2 * $0 }
        let isAccuracy = unit.task.metric == "top1"
        return UnitResult(
            key: planned.key, metrics: ["top1": value, "log-loss": 2 - 2 * value], choice: choice,
            candidateScores: scores,
            trainingSamples: 1200, testSamples: 600, parameters: planned.cost.probe.parameters,
            trainingMACs: planned.cost.trainingMACs,
            diagnostics: diagnostics(of: unit, scores, training: isAccuracy ? value + 0.05 : 1.9 - 2 * value),
            observations: TestObservations(chance: isAccuracy ? 0.2 : 1.1, leastPositives: 40),
            provenance: Provenance(
                programVersion: "1", kernelPath: "portable", host: "host", worker: "worker", threads: 1, blasThreads: 1,
                attempt: 1, seconds: 2))
    }
}

extension SampleResults {
    /// Axes that the sample has several values of.
    static let drawnAxes: [ResultPlot.Axis] = [.parameters, .operations, .layer]

    /// A plot's elements without the page's, whose height depends on notes, and without the note of rows not drawn.
    static func drawn(_ svg: String) -> [Substring] {
        svg.split(separator: "\n").dropFirst(2).filter { !$0.contains(">Rows not drawn: ") }
    }

    /// The sample's table with a little noise on every fold, a function of the unit's key, so that rows differ by more
    /// than a constant.
    static func noisyTable(against axis: CostAxis = .parameters) throws -> ResultTable {
        let cells = try cells().map { cell in
            var cell = cell
            let noise = Double(cell.unit.key.bytes[0]) / 256 - 0.5
            let metrics = cell.result?.metrics.mapValues { $0 + 0.04 * noise }
            cell.result?.metrics = metrics ?? [:]
            return cell
        }
        return ResultTable.make(cells, against: axis)
    }
}
