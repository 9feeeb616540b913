import Features
import Numerics
import Probes
import Units

/// The memory that the analysis of one head takes beside its pass, in bytes, what is mapped left out. Analyses are made one
/// after the other.
struct AnalysisFootprint {
    /// What it takes whatever the budget is.
    private(set) var fixed = 0
    /// Logits of the test fold under all ablations.
    private(set) var logits = 0

    /// Nothing at all.
    init() {}

    /// Nil for a probe without maps.
    ///
    /// - Parameter rows: Of the test fold.
    init?(_ unit: ProbeUnit, rows: Int, _ layer: LayerTokens, threads: Int) {
        guard let probe = (try? unit.fittedProbe(trainingSamples: 0)) as? any GradientProbe,
            let predictors = AttentionReader.predictors(of: probe)
        else { return nil }
        let network = ProbeNetwork(probe)
        let tokens = TokenExtent(
            patch: layer.maximumTokens, all: layer.maximumTokens + layer.prefix, roundsReadings: false)
        let longest = tokens.maximum(probe.reading.tokens ?? .all)
        let (classes, capacity) = (probe.shape.classes, Self.capacity)
        var elements = HeadWorkspace.extent(network, capacity: capacity, tokens: tokens)
        elements += capacity * Self.width(of: probe, predictors, longest)
        if case .attention(let demand) = probe.reading {
            elements += HeadWorkspace.coreExtent(network)
            elements +=
                threads
                * AttentionCore<Float>.scratchExtent(
                    queries: (1 + 3 * predictors), tokens: longest + demand.extraTokens, width: probe.shape.width)
        }
        // The head's tensors twice, two scalars a token, and the logits of one ablation with the copies that scoring makes.
        elements += 2 * probe.cost.parameters + 2 * rows * longest + Self.copies * rows * classes
        let size = MemoryLayout<Float>.size
        fixed = elements * size
        logits = (2 + 4 * predictors) * rows * classes * size
    }

    /// Samples of a batch: more than `AttentionReader` takes at once.
    private static let capacity = 80
    private static let copies = 5

    /// Elements of a batch that a sample takes beside the head's workspace: maps and aggregates of three replacements, and
    /// what the head makes of them.
    private static func width(of probe: any GradientProbe, _ predictors: Int, _ tokens: Int) -> Int {
        let heads = 2 * (probe.outputWidth + probe.shape.classes) + probe.shape.classes
        if case .attention(let demand) = probe.reading {
            let lanes = 1 + 2 * predictors
            return lanes * (tokens + demand.extraTokens + probe.shape.width)
                + predictors * (2 * (tokens + demand.extraTokens) + probe.shape.width) + heads
        }
        let aggregate = (probe as? any AttendingProbe)?.aggregateWidth ?? 0
        return predictors * (4 * aggregate + 2 * tokens) + heads
    }

    /// Grows to what the larger of two analyses takes.
    mutating func cover(_ other: AnalysisFootprint) {
        fixed = max(fixed, other.fixed)
        logits = max(logits, other.logits)
    }

    /// Bytes of logits that are held at once: where a quarter of a budget has no room for all, tokens are read again.
    func logits(within budget: Int) -> Int { min(logits, budget / 4) }

    /// Bytes that are to be left of a budget.
    func bytes(within budget: Int) -> Int { fixed + logits(within: budget) }

    /// The smallest budget of which so many bytes are left beside an analysis.
    func budget(leaving bytes: Int) -> Int {
        let rest = fixed + bytes
        return min(rest + logits, (4 * rest + 2) / 3)
    }
}
