import Sweeps
import Training
import Units

extension PlanReport {
    /// The report for a terminal.
    package var text: String {
        let yaml = specification.yaml.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        return """
            specification, with its defaults
            \(yaml)

            probes
            \(probeTable)
            passes
            \(passTable)
            \(rowTable)\(summary)

            """
    }

    /// Totals, and the assumptions behind the predicted time.
    private var summary: String {
        """
        \(units) units in \(passes.count) passes, \(NumberFormat.scaled(parameters)) trainable parameters, \
        \(NumberFormat.significant(trainingTMAC)) TMAC of training, \(NumberFormat.bytes(bytes)) to read
        \(temporarySpace)\(prediction)
        """
    }

    /// With its line's end; nothing where no tokens are computed.
    private var temporarySpace: String {
        temporaryBytes.map {
            "temporary space: up to \(NumberFormat.bytes($0)) in TMPDIR on each worker, for mixed or prepared tokens\n"
        } ?? ""
    }

    private var prediction: String {
        let estimate = "\(NumberFormat.duration(seconds)) on \(workers) worker\(workers == 1 ? "" : "s")"
        guard let learnedCosts, let secondsToGo else {
            let machine =
                startSeconds == nil
                ? "with one thread of a core with AVX-512 and BF16 products each"
                : "with one thread of this machine each, their start included"
            return "predicted time: \(estimate) \(machine)"
        }
        return """
            predicted time: \(estimate) like those of the ledger, as measured there
            to go: \(NumberFormat.duration(secondsToGo)), \(learnedCosts.done) units are done
            """
    }

    private var probeTable: String {
        TextTable(
            columns: [
                .left("task"), .left("probe"), .right("D"), .right("D_o"), .right("params"), .right("GFLOPs"),
                .right("executed"), .right("units"),
            ],
            rows: probes.map {
                [
                    $0.task, $0.label, "\($0.width)", "\($0.output)", NumberFormat.scaled($0.parameters),
                    Self.most($0.referenceGFLOPs, $0.longestReferenceGFLOPs),
                    Self.most($0.executedGFLOPs, $0.longestExecutedGFLOPs), "\($0.units)",
                ]
            }
        ).text(indent: 2)
    }

    private var passTable: String {
        TextTable(
            columns: [
                .left("features"), .right("layer"), .right("D"), .right("T"), .right("units"), .right("params"),
                .right("TMAC"), .right("to read"), .right("one worker"),
            ],
            rows: passes.map {
                [
                    $0.name, "\($0.layer)", "\($0.width)", Self.length($0), "\($0.units)",
                    NumberFormat.scaled($0.parameters), NumberFormat.significant($0.trainingTMAC),
                    NumberFormat.bytes($0.bytes),
                    NumberFormat.duration($0.seconds),
                ]
            }
        ).text(indent: 2)
    }

    /// Of a sample of mean length, with that of the longest behind it where samples differ.
    private static func most(_ mean: Double, _ longest: Double?) -> String {
        NumberFormat.significant(mean) + (longest.map { " (≤ \(NumberFormat.significant($0)))" } ?? "")
    }

    private static func length(_ pass: Pass) -> String {
        pass.meanTokens.map { "\(NumberFormat.significant($0)) (≤ \(pass.tokens))" } ?? "\(pass.tokens)"
    }

    /// With its heading; nothing where rows were not counted.
    private var rowTable: String {
        if rows.isEmpty { return "" }
        let table = TextTable(
            columns: [
                .left("features"), .left("task"), .left("choice"), .right("repeat"), .right("fold"),
                .right("training"), .right("validation"), .right("test"),
            ],
            rows: rows.map {
                [
                    $0.set, $0.task, $0.choice, "\($0.fold.repetition)", "\($0.fold.heldOut)",
                    Self.range($0.rows.training), Self.range($0.rows.validation), "\($0.rows.test)",
                ]
            })
        return "rows\n\(table.text(indent: 2))\n"
    }

    private static func range(_ counts: [Int]) -> String {
        guard let least = counts.min(), let most = counts.max(), least < most else { return "\(counts.first ?? 0)" }
        return "\(least)–\(most)"
    }

    /// The report for machines, keys sorted.
    package var json: String { sortedJSON(JSONPlan(self)) }
}

extension PlanReport.Pass {
    /// The feature set, and whose weights are random.
    fileprivate var name: String { PlannedPass.name(features, randomWeights: randomWeights) }
}

extension PlannedRows {
    /// How choices are made, and on how much of the training fold.
    fileprivate var choice: String {
        let way =
            if selection.isOptimistic {
                "published"
            } else if let folds = selection.folds {
                "\(folds) inner folds"
            } else {
                "\(selection.fraction) held back"
            }
        return way + (shots.map { ", \($0.label(ofVersion: ProbeUnit.currentProtocolVersion))" } ?? "")
    }
}

private struct JSONPlan: Encodable {
    let specification: String
    let units: Int
    let parameters: Int
    let trainingTMAC: Double
    let bytes: Double
    let workers: Int
    let machine: CostModel
    let predictedSeconds: Double
    let probes: [PlanReport.Probe]
    let passes: [PlanReport.Pass]
    let leakage: [LeakageFinding]
    let unitsDone: Int?
    let secondsToGo: Double?
    let randomReadings: [RandomReading]
    let rows: [PlannedRows]?

    init(_ report: PlanReport) {
        specification = report.specification.yaml
        units = report.units
        parameters = report.parameters
        trainingTMAC = report.trainingTMAC
        bytes = report.bytes
        workers = report.workers
        machine = report.machine
        predictedSeconds = report.seconds
        probes = report.probes
        passes = report.passes
        leakage = report.leakage
        unitsDone = report.learnedCosts?.done
        secondsToGo = report.secondsToGo
        randomReadings = report.randomReadings
        rows = report.rows.isEmpty ? nil : report.rows
    }
}
