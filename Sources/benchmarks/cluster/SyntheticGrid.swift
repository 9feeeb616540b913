import Cluster
import Sweeps
import Training
import Units

/// A sweep over features that do not exist, for measuring everything but training: 10 layers × tasks × 10 folds ×
/// repeats × probes.
struct SyntheticGrid {
    private static let layers = 10
    private static let folds = 10

    var name = "synthetic"
    var tasks: Int
    var repeats: Int
    var probes: Int
    /// Grids with different seeds have no unit in common.
    var seed = 0
    /// Samples of each task, which a unit's predicted cost is proportional to.
    var samples = 100

    /// A grid of at least this many units.
    init(units: Int) {
        let isLarge = units >= 100_000
        tasks = isLarge ? 10 : 2
        probes = isLarge ? 100 : 10
        let each = Self.layers * tasks * Self.folds * probes
        repeats = (units + each - 1) / each
    }

    /// A grid of at least this many units, each with this predicted time.
    init(units: Int, seconds: Double) throws {
        (tasks, probes) = (1, 1)
        repeats = (units + Self.layers * Self.folds - 1) / (Self.layers * Self.folds)
        let plan = try source().plan()
        let predicted = CostModel.reference.seconds(plan.passes[0].units[0].cost.work)
        samples = Int(Double(samples) * seconds / predicted)
    }

    func source() throws(SpecificationError) -> SweepSource {
        let widths = (1...probes).map { "[\($0)]" }.joined(separator: ", ")
        let text = """
            name: \(name)
            features: /none
            folds: {scheme: plain, count: \(Self.folds), repeats: \(repeats)}
            probes: [{type: mlp, hidden: [\(widths)]}]
            training: {learning-rates: 0.001, epochs: 1, warmup: 0}
            seed: \(seed)
            """
        return SweepSource(
            specification: try SweepSpecification.read(text: text, file: "/none/\(name).yaml"), facts: facts)
    }

    private var facts: SweepFacts {
        SweepFacts(sets: [
            FeatureSetFacts(
                name: "none", folder: "/none", samples: samples,
                layers: (0..<Self.layers).map {
                    LayerFacts(
                        index: $0, name: "layer \($0)", digest: "digest of layer \($0)", width: 16, tokens: 4...4,
                        hasClassToken: false, bytes: samples * 4 * 16 * 2)
                },
                tasks: (0..<tasks).map {
                    TaskFacts(
                        name: "task\($0)", digest: "digest of task \($0)", kind: "classification", metric: "top1",
                        classes: 2, classNames: nil, samples: samples,
                        classCounts: [samples - samples / 2, samples / 2], groups: nil, hasSplit: false)
                })
        ])
    }
}
