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
            \(summary)

            """
    }

    /// Totals, and the assumptions behind the predicted time.
    private var summary: String {
        """
        \(units) units in \(passes.count) passes, \(NumberFormat.scaled(parameters)) trainable parameters, \
        \(NumberFormat.significant(trainingTMAC)) TMAC of training, \(NumberFormat.bytes(bytes)) to read
        \(prediction)
        """
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
                    NumberFormat.significant($0.referenceGFLOPs), NumberFormat.significant($0.executedGFLOPs),
                    "\($0.units)",
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
                    $0.features, "\($0.layer)", "\($0.width)", "\($0.tokens)", "\($0.units)",
                    NumberFormat.scaled($0.parameters), NumberFormat.significant($0.trainingTMAC),
                    NumberFormat.bytes($0.bytes),
                    NumberFormat.duration($0.seconds),
                ]
            }
        ).text(indent: 2)
    }

    /// The report for machines, keys sorted.
    package var json: String { sortedJSON(JSONPlan(self)) }
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
    }
}
