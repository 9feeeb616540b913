import Foundation
import Identities
import Probes
import Sweeps
import Units

extension ResultTable {
    /// An array of rows, keys sorted, with every fold, from which anything else can be computed.
    func writeJSON(_ options: TableOptions, to write: (String) throws -> Void) throws {
        try write("[\n")
        var isFirst = true
        try writeRows { text in
            try write(isFirst ? text : ",\n" + text)
            isFirst = false
        } _: { row, block in
            JSONRow(row, in: block, options).text(folds: row, options)
        }
        try write("\n]\n")
    }
}

/// One row in JSON; keys are absent while their values do not exist.
private struct JSONRow: Encodable {
    let task: String
    let taskDigest: String
    let metric: String
    let features: String
    let featuresDigest: String
    let backbone: String
    let layer: Int
    let depth: String?
    let chosenLayers: [String: Int]?
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
    let referenceMACs: Int?
    let executedMACs: Int?
    let referenceGFLOPs: Double?
    let executedGFLOPs: Double?
    let trainingTMAC: Double?
    let seconds: Double?
    let pareto: Bool
    let paretoShare: Double?
    let best: Bool
    let shots: String?
    let control: String?
    let seeds: Int
    let train: Double?
    let chance: Double?
    let leastPositives: Int?
    let trainingRows: [Int]?
    let mixingWeights: [String: FoldEstimate]?
    let marks: [RowMark]
    let spread: SpreadComponents?
    let optimistic: Bool?
    let optimism: Double?
    let moreRows: Double?
    let pairedMean: Double?
    let publishedMean: Double?
    let pooled: PooledEstimate?
    let linearityGap: LinearityGap?
    let attentionSplit: AttentionSplit?
    let selectivity: Selectivity?
    /// Stand for the folds, which are the bulk of the text and written by hand (``JSONFolds``).
    let folds = 0
    let pairedFolds: Int?
    let publishedFolds: Int?

    init(_ row: ResultRow, in block: ResultTable.Block, _ options: TableOptions) {
        task = block.task
        taskDigest = row.unit.task.digest
        metric = block.metric
        features = row.unit.features.set
        featuresDigest = row.unit.features.digest
        backbone = row.features
        layer = row.unit.features.layer
        depth = row.depth
        chosenLayers = row.chosenLayers.map { layers in
            Dictionary(layers.map { ("\($0.key)", $0.value) }, uniquingKeysWith: +)
        }
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
        referenceMACs = row.knownReferenceMACs
        executedMACs = row.knownExecutedMACs
        referenceGFLOPs = row.knownReferenceMACs.map { _ in row.referenceGFLOPs }
        executedGFLOPs = row.knownExecutedMACs.map { _ in row.executedGFLOPs }
        trainingTMAC = row.trainingMACs.map { $0 / 1e12 }
        seconds = options.times ? row.seconds : nil
        pareto = row.isOnFront
        paretoShare = row.frontShare
        best = row.isBest
        shots = row.unit.shots.map { "\($0)" }
        control = row.controlName
        seeds = row.seeds
        train = row.trainingScore
        chance = row.chance
        leastPositives = row.leastPositives
        trainingRows = row.trainingRows.map { [$0.lowerBound, $0.upperBound] }
        mixingWeights = row.mixingWeights
        marks = row.marks
        spread = row.spread
        optimistic = row.isOptimistic ? true : nil
        optimism = row.optimism
        moreRows = row.gainOfMoreRows
        pairedMean = row.paired?.estimate?.mean
        publishedMean = row.published?.estimate?.mean
        pooled = row.pooled
        linearityGap = row.linearityGap
        attentionSplit = row.attentionSplit
        selectivity = row.selectivity
        pairedFolds = row.paired.map { _ in 0 }
        publishedFolds = row.published.map { _ in 0 }
    }

    /// The row as an element of the array.
    func text(folds row: ResultRow, _ options: TableOptions) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var text = ""
        let lines = ((try? encoder.encode(self)) ?? Data("null".utf8))
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // Line ends within strings are escaped, so a line is a line. An empty object has an empty one.
        for line in lines {
            text += text.isEmpty ? "  " : line.isEmpty ? "\n" : "\n  "
            switch String(decoding: line, as: UTF8.self) {
            case "  \"folds\" : 0,": text += "  \"folds\" : " + JSONFolds.text(row.folds, options) + ","
            case "  \"pairedFolds\" : 0,":
                text += "  \"pairedFolds\" : " + JSONFolds.text(row.paired?.folds ?? [], options) + ","
            case "  \"publishedFolds\" : 0,":
                text += "  \"publishedFolds\" : " + JSONFolds.text(row.published?.folds ?? [], options) + ","
            case let other: text += other
            }
        }
        return text
    }
}
