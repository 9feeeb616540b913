import Identities
import Probes
import Sweeps
import Units

extension ResultTable {
    /// An array of rows, keys sorted, with every fold, from which anything else can be computed.
    func json(_ options: TableOptions) -> String {
        sortedJSON(blocks.flatMap { block in block.rows.map { JSONRow($0, in: block, options) } })
    }
}

/// One row in JSON; keys are absent while their values do not exist.
private struct JSONRow: Encodable {
    let task: String
    let taskDigest: String
    let metric: String
    let features: String
    let featuresDigest: String
    let layer: Int
    let label: String
    let probe: ProbeConfiguration
    let solver: Solver
    let seed: Int
    let kernel: String?
    let output: Int
    let foldsDone: Int
    let foldsPlanned: Int
    let mean: Double?
    let standardDeviation: Double?
    let interval: [Double]?
    let parameters: Int
    let referenceMACs: Int
    let executedMACs: Int
    let referenceGFLOPs: Double
    let executedGFLOPs: Double
    let trainingTMAC: Double?
    let seconds: Double?
    let pareto: Bool
    let paretoShare: Double?
    let best: Bool
    let shots: String?
    let drawDeviation: Double?
    let optimistic: Bool?
    let optimisticMean: Double?
    let optimism: Double?
    let pooled: PooledEstimate?
    let folds: [JSONFold]
    let optimisticFolds: [JSONFold]?

    init(_ row: ResultRow, in block: ResultTable.Block, _ options: TableOptions) {
        task = block.task
        taskDigest = row.unit.task.digest
        metric = block.metric
        features = row.unit.features.set
        featuresDigest = row.unit.features.digest
        layer = row.unit.features.layer
        label = row.label
        probe = row.unit.probe
        solver = row.unit.solver
        seed = row.unit.seed
        kernel = row.unit.kernel
        output = row.outputWidth
        foldsDone = row.foldsDone
        foldsPlanned = row.folds.count
        mean = row.estimate?.mean
        standardDeviation = row.estimate?.deviation
        interval = row.estimate?.interval.map { [$0.lowerBound, $0.upperBound] }
        parameters = row.parameters
        referenceMACs = row.referenceMACs
        executedMACs = row.executedMACs
        referenceGFLOPs = row.referenceGFLOPs
        executedGFLOPs = row.executedGFLOPs
        trainingTMAC = row.trainingMACs.map { $0 / 1e12 }
        seconds = options.times ? row.seconds : nil
        pareto = row.isOnFront
        paretoShare = row.frontShare
        best = row.isBest
        shots = row.unit.shots.map { "\($0)" }
        drawDeviation = row.drawDeviation
        optimistic = row.isOptimistic ? true : nil
        optimisticMean = row.published?.estimate?.mean
        optimism = row.optimism
        pooled = row.pooled
        folds = row.folds.map { JSONFold($0, options) }
        optimisticFolds = row.published?.folds.map { JSONFold($0, options) }
    }
}

private struct JSONFold: Encodable {
    let key: UnitKey
    let repetition: Int
    let heldOut: Int
    let metrics: [String: Double]?
    let choice: [String: Double]?
    let trainingSamples: Int?
    let testSamples: Int?
    let provenance: Provenance?
    let draws: [JSONDraw]?
    let reasonMissing: String?

    init(_ fold: ResultRow.Fold, _ options: TableOptions) {
        key = fold.key
        repetition = fold.reference.repetition
        heldOut = fold.reference.heldOut
        metrics = fold.result?.metrics
        choice = fold.result?.choice
        trainingSamples = fold.result?.trainingSamples
        testSamples = fold.result?.testSamples
        provenance = options.times ? fold.result?.provenance : nil
        reasonMissing = fold.reasonMissing
        draws = fold.draws.isEmpty ? nil : fold.draws.map(JSONDraw.init)
    }
}

private struct JSONDraw: Encodable {
    let draw: Int
    let key: UnitKey
    let metrics: [String: Double]?
    let choice: [String: Double]?

    init(_ draw: ResultRow.Draw) {
        self.draw = draw.draw
        key = draw.key
        metrics = draw.result?.metrics
        choice = draw.result?.choice
    }
}
