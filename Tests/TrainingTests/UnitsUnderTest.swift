import Features
import Probes
import Sweeps
import Training
import Units

/// Units over the synthetic set.
enum UnitsUnderTest {
    static func gradient(
        optimizer: String = "adamw", rates: [Double] = [0.1, 0.5], epochs: Int = 8, batch: Int = 32
    ) -> GradientSettings {
        GradientSettings(
            optimizer: optimizer, momentum: 0.9, beta2: 0.999, trust: 0.001, learningRates: rates,
            weightDecays: [0.01], epochs: epochs, warmup: 1, batch: batch)
    }

    static func unit(
        _ type: String, _ options: [String: OptionValue] = [:], solver: Solver? = nil, task: String = "all",
        fold: Int = 0, metric: String = "top1", refit: Bool = false, seed: Int = 0
    ) throws -> ProbeUnit {
        let configuration = try ProbeCatalog.complete(ProbeConfiguration(type: type, options: options))
        let selection = SelectionSettings(fraction: 0.2, refit: refit)
        return ProbeUnit(
            features: LayerReference(
                set: "synthetic", digest: "0", layer: 0, width: SyntheticSet.width, tokens: 7),
            task: TaskReference(
                name: task, digest: "0", kind: "classification", classes: SyntheticSet.classes, metric: metric),
            fold: FoldReference(scheme: "stratified", count: 3, seed: 0, repetition: 0, heldOut: fold),
            probe: configuration, solver: solver ?? standardSolver(type, selection), seed: seed,
            weights: try weights(of: configuration))
    }

    /// By content, as a plan finds it out.
    private static func weights(of configuration: ProbeConfiguration) throws -> WeightsReference? {
        guard let option = ProbeCatalog.weightsOption(of: configuration.type), let name = configuration.options[option]
        else { return nil }
        return WeightsReference(name: name.description, digest: try digests.get()[name.description] ?? "")
    }

    /// The weights of every synthetic set of the standard seed are the same.
    private static let digests = Result {
        let set = try SyntheticSet()
        return try withExtendedLifetime(set) {
            Dictionary(uniqueKeysWithValues: try set.set.weights.map { ($0, try set.set.weights($0).digest) })
        }
    }

    static func standardSolver(_ type: String, _ selection: SelectionSettings) -> Solver {
        if type == "zeroshot" { return .nothing }
        guard type == "knn" else { return Solver(gradient(), selection: selection) }
        return Solver(
            NeighbourSettings(neighbours: [1, 5, 20], temperatures: [0.07, 1], similarity: "cosine"),
            selection: selection)
    }

    /// A unit on one of the tasks that `SyntheticSet` has of each kind.
    static func unit(
        kind: String, metric: String, _ type: String = "linear", _ options: [String: OptionValue] = [:],
        solver: Solver? = nil, loss: Loss? = nil, sampling: NegativeSampling? = nil, shots: Shots? = nil,
        scheme: String = "stratified", fold: Int = 0
    ) throws -> ProbeUnit {
        var unit = try unit(type, options, solver: solver, fold: fold, metric: metric)
        let classes = ["multilabel": 3, "binary": 2, "retrieval": 2, "classification": SyntheticSet.classes][kind] ?? 1
        unit.task = TaskReference(
            name: kind == "classification" ? "all" : kind, digest: "0", kind: kind, classes: classes, metric: metric,
            loss: loss, sampling: sampling)
        unit.shots = shots
        unit.fold.scheme = scheme
        return unit
    }

    /// Every kind of task with every way of training it, and every way of choosing.
    static func kinds() throws -> [ProbeUnit] {
        let split = SelectionSettings(fraction: 0.2, refit: false)
        let folds = SelectionSettings(fraction: 0, refit: true, folds: 3)
        let published = SelectionSettings(fraction: 0, refit: false, protocol: "published")
        var balanced = Solver(gradient(), selection: split)
        balanced.classWeights = "balanced"
        let patient = Solver(gradient(epochs: 40), selection: split)
        var weighedFit = logistic()
        weighedFit.classWeights = "balanced"
        let queries: [String: OptionValue] = ["queries": .integer(4)]
        return [
            try unit(kind: "multilabel", metric: "macro-average-precision"),
            try unit(kind: "multilabel", metric: "micro-average-precision", "efficient", queries, solver: balanced),
            try unit(kind: "multilabel", metric: "macro-f1", solver: logistic()),
            try unit(kind: "multilabel", metric: "sample-average-precision", "knn"),
            try unit(kind: "binary", metric: "average-precision", "efficient", queries),
            try unit(kind: "binary", metric: "roc-auc", solver: weighedFit),
            try unit(
                kind: "binary", metric: "average-precision", "knn", sampling: NegativeSampling(negatives: 2, seed: 1)),
            try unit(kind: "ranking", metric: "kendall-tau", "efficient", queries, scheme: "grouped"),
            // Folds that cut groups to three rows each would leave the metric to chance.
            try unit(kind: "ranking", metric: "grouped-kendall-tau", scheme: "grouped"),
            try unit(kind: "ranking", metric: "spearman", loss: .squared),
            try unit(kind: "ranking", metric: "kendall-tau", "knn"),
            try unit(kind: "regression", metric: "r2", solver: patient),
            try unit(kind: "regression", metric: "mean-absolute-error", "efficient", queries),
            try unit(kind: "regression", metric: "r2", "knn"),
            try unit(kind: "retrieval", metric: "mean-average-precision"),
            try unit(
                kind: "retrieval", metric: "average-precision", loss: .pairwise,
                sampling: NegativeSampling(negatives: 3, seed: 0), scheme: "grouped"),
            try unit(kind: "retrieval", metric: "mean-reciprocal-rank", solver: logistic()),
            try unit(kind: "classification", metric: "macro-average-precision", solver: balanced),
            try unit(kind: "classification", metric: "top1", solver: weighedFit),
            try unit(kind: "classification", metric: "top1", solver: Solver(gradient(), selection: folds)),
            try unit(kind: "classification", metric: "top1", "knn", solver: standardSolver("knn", folds)),
            try unit(
                kind: "classification", metric: "top1",
                solver: Solver(
                    LogisticSettings(penalties: [0.01, 1], maximumIterations: 200, tolerance: 1e-4),
                    selection: folds)),
            try unit(
                kind: "classification", metric: "top1", solver: Solver(gradient(), selection: published)),
            try unit(kind: "multilabel", metric: "macro-average-precision", solver: ridge(refit: true)),
            try unit(kind: "regression", metric: "r2", solver: ridge()),
            try unit(kind: "ranking", metric: "spearman", solver: ridge(), loss: .squared),
            try unit(
                kind: "classification", metric: "top1",
                solver: Solver(RidgeSettings(penalties: [0.1, 10]), selection: folds)),
            try unit(
                kind: "classification", metric: "top1",
                solver: Solver(RidgeSettings(penalties: [10]), selection: published)),
            try unit(kind: "classification", metric: "top1", solver: ridge([10]), shots: Shots(perClass: 5, draw: 1)),
            try unit(kind: "classification", metric: "top1", shots: Shots(perClass: 5, draw: 1)),
            try unit(
                kind: "classification", metric: "top1", "efficient", queries, shots: Shots(share: 0.5, draw: 0)),
            try unit(
                kind: "regression", metric: "r2", "efficient", queries, solver: patient,
                shots: Shots(share: 0.9, draw: 0)),
        ]
    }

    static func logistic(_ penalties: [Double] = [0.01, 1], refit: Bool = false) -> Solver {
        Solver(
            LogisticSettings(penalties: penalties, maximumIterations: 200, tolerance: 1e-4),
            selection: SelectionSettings(fraction: 0.2, refit: refit))
    }

    static func ridge(_ penalties: [Double] = [0, 0.1, 10], refit: Bool = false) -> Solver {
        Solver(RidgeSettings(penalties: penalties), selection: SelectionSettings(fraction: 0.2, refit: refit))
    }

    /// The standard solver in an order of blocks.
    static func inBlocks(_ selection: SelectionSettings) -> Solver {
        var settings = gradient()
        settings.shuffle = BlockShuffle(block: 8, window: 4)
        return Solver(settings, selection: selection)
    }

    /// The standard solver by the recipe `fast`, whose units depend on the rows that train.
    static func fast(_ selection: SelectionSettings) -> Solver {
        var settings = gradient(rates: [0.01, 0.05])
        settings.recipe = GradientSettings.Recipe.fast.rawValue
        return Solver(settings, selection: selection)
    }

    /// A gentle solver for deep probes, which high rates throw off.
    static func gentle(_ selection: SelectionSettings) -> Solver {
        Solver(gradient(rates: [0.01, 0.04], epochs: 12), selection: selection)
    }

    /// The options of a synthetic backbone of one type of blocks, as a plan resolves them.
    static func blocks(_ type: String) -> [String: OptionValue] {
        let options: [String: OptionValue] = [
            "heads": .integer(3), "weights": .text(type), "block-type": .text(type), "input": .text("mean"),
        ]
        return type == "post-norm" ? options.merging(["epsilon": .text("1e-12")]) { $1 } : options
    }

    /// Each unit under eight seeds.
    static func seeded(_ units: [ProbeUnit]) -> [[ProbeUnit]] {
        units.map { unit in
            (0..<8).map { seed in
                var other = unit
                other.seed = seed
                return other
            }
        }
    }

    /// Every kind of probe, reading, optimiser and task there is, over two folds.
    static func variety() throws -> [ProbeUnit] {
        try (0..<2).flatMap { fold in
            let selection = SelectionSettings(fraction: 0.2, refit: fold == 1)
            return [
                try unit("linear", ["input": .text("class")], fold: fold),
                try unit("linear", ["input": .text("class+mean")], fold: fold, refit: true),
                try unit(
                    "linear",
                    solver: Solver(gradient(optimizer: "lars", rates: [10, 60]), selection: selection),
                    fold: fold),
                try unit("linear", solver: logistic(), fold: fold),
                try unit("linear", solver: ridge(refit: fold == 0), fold: fold),
                try unit("linear", ["input": .text("class")], task: "even", fold: fold),
                try unit("linear", ["prepare": .text("pca-6")], fold: fold, refit: fold == 1),
                try unit("linear", ["prepare": .text("standardise")], solver: ridge(refit: fold == 0), fold: fold),
                try unit(
                    "linear", ["input": .text("class+mean"), "prepare": .text("whiten")],
                    solver: logistic(refit: fold == 1), fold: fold),
                try unit("linear", ["input": .text("max")], solver: logistic(), fold: fold),
                try unit("linear", ["input": .text("class+mean"), "prepare": .text("l2")], fold: fold),
                try unit("mlp", ["hidden": .list([.integer(8)]), "prepare": .text("whiten")], fold: fold),
                try unit("knn", ["prepare": .text("pca-5")], fold: fold, refit: fold == 0),
                try unit("knn", ["input": .text("class"), "prepare": .text("l2")], task: "even", fold: fold),
                try unit("mlp", ["hidden": .list([.integer(16), .integer(8)])], fold: fold),
                try unit("knn", fold: fold, refit: fold == 0),
                try unit("knn", ["input": .text("class")], task: "even", fold: fold),
                try unit("efficient", ["queries": .integer(4)], fold: fold, metric: "log-loss"),
                try unit(
                    "efficient", ["queries": .integer(3), "output": .text("D/2"), "tokens": .text("all")], fold: fold,
                    refit: true),
                try unit(
                    "efficient", ["queries": .integer(2), "output": .integer(8)],
                    solver: Solver(
                        gradient(optimizer: "sgd", rates: [1, 4], epochs: 9, batch: 48),
                        selection: selection),
                    fold: fold),
                try unit("efficient", ["queries": .integer(1), "output": .integer(6)], task: "even", fold: fold),
                try unit("efficient", ["queries": .integer(4)], solver: inBlocks(selection), fold: fold),
                try unit("efficient", ["queries": .integer(4)], solver: fast(selection), fold: fold),
                try unit("abmilp", fold: fold), try unit("dolg", solver: gentle(selection), fold: fold),
                try unit("esimpool", ["tokens": .text("all")], fold: fold),
                try unit("vit-block", ["heads": .integer(2)], solver: gentle(selection), fold: fold),
                try unit("aim", ["heads": .integer(2)], fold: fold),
                try unit("simpool", ["tokens": .text("all")], fold: fold),
                try unit("vjepa", ["heads": .integer(3)], solver: gentle(selection), fold: fold),
                try unit("cait", ["heads": .integer(2)], solver: gentle(selection), fold: fold),
                try unit(
                    "vjepa2", ["heads": .integer(2), "blocks": .integer(2)], solver: gentle(selection), fold: fold),
                try unit("dinov2", ["layers": .integer(2), "input": .text("class+mean")], fold: fold),
                try unit("finetune", ["heads": .integer(3)], solver: gentle(selection), fold: fold),
                try unit("finetune", blocks("layer-scale"), solver: gentle(selection), fold: fold),
                try unit("finetune", blocks("post-norm"), solver: gentle(selection), fold: fold),
                try unit("zeroshot", ["input": .text("class")], fold: fold),
            ]
        }
    }
}
