import Features
import Training
import Units
import func Foundation.pow
import Numerics
import Probes
import Sweeps

/// Units to train at once, and the features they read.
struct TrainingCase {
    let name: String
    let summary: String
    let features: Features
    /// Samples of the task, the first of the features.
    let samples: Int
    let classes: Int
    let folds: Int
    /// Folds that are held out, of all.
    let heldOut: Int
    let epochs: Int
    let probes: [ProbeConfiguration]
    let learningRates: [Double]
    var showsSamples = false
    /// C of logistic regression, α of ridge regression.
    var penalties = [0.001, 0.01, 0.1, 1, 10, 100, 1000]
    var isRidge = false

    static var names: [String] { all.map(\.name) }

    static let all = [
        TrainingCase(
            name: "efficient-bf16", summary: "EP M=32, D_o=768, T=196, D=768, C=1000, B=256, tokens BF16, one fold",
            features: .large, samples: 1280, classes: 1000, folds: 5, heldOut: 1, epochs: 4,
            probes: [efficient(32, 768)], learningRates: [0.001], showsSamples: true),
        TrainingCase(
            name: "efficient-f32", summary: "the same, tokens F32", features: .largeSingle, samples: 1280,
            classes: 1000, folds: 5, heldOut: 1, epochs: 4, probes: [efficient(32, 768)],
            learningRates: [0.001], showsSamples: true),
        TrainingCase(
            name: "grid", summary: "8 probes × 10 folds of EP, M ∈ {8, 16, 32}, D_o ∈ {768, 192}, tokens BF16",
            features: .large, samples: 768, classes: 1000, folds: 10, heldOut: 10, epochs: 1,
            probes: [(8, 768), (8, 192), (16, 768), (16, 192), (32, 768), (32, 192), (24, 768), (24, 192)]
                .map(efficient),
            learningRates: [0.001]),
        TrainingCase(
            name: "texts", summary: "T = 4 … 28, D=384, C=11, n=6,000: linear, MLP, EP, 5 folds × 3 rates, 2 epochs",
            features: .texts, samples: 6000, classes: 11, folds: 5, heldOut: 5, epochs: 2,
            probes: [
                configuration("linear"), configuration("mlp"), efficient(1, 384), efficient(4, 96), efficient(16, 384),
            ], learningRates: [0.001, 0.003, 0.01]),
        TrainingCase(
            name: "linear", summary: "linear on the mean, D=384, C=11, n=6,000, 5 folds × 13 rates, 10 epochs",
            features: .texts, samples: 6000, classes: 11, folds: 5, heldOut: 5, epochs: 10,
            probes: [configuration("linear")], learningRates: (0..<13).map { 0.0001 * Double(1 + $0 * $0) }),
        TrainingCase(
            name: "pooling", summary: "linear on the mean, one epoch: reading 302 MB of BF16 tokens, one fold",
            features: .large, samples: 1280, classes: 8, folds: 5, heldOut: 1, epochs: 1,
            probes: [configuration("linear")], learningRates: [0.001], showsSamples: true),
        TrainingCase(
            name: "knn", summary: "k-NN, n=6,000, D=384, C=11, 5 folds × 4 k", features: .texts, samples: 6000,
            classes: 11, folds: 5, heldOut: 5, epochs: 1, probes: [configuration("knn")], learningRates: []),
        TrainingCase(
            name: "logistic", summary: "logistic regression, n=6,000, D=384, C=11, 5 folds × 7 penalties",
            features: .texts, samples: 6000, classes: 11, folds: 5, heldOut: 5, epochs: 1,
            probes: [configuration("linear")], learningRates: []),
        TrainingCase(
            name: "knn-large", summary: "k-NN, n=50,000, D=768, 10 folds × 4 k; peers/fits.py does the same",
            features: .vectors, samples: 50_000, classes: 100, folds: 10, heldOut: 10, epochs: 1,
            probes: [configuration("knn")], learningRates: []),
        TrainingCase(
            name: "ridge", summary: "ridge regression, n=6,000, D=384, C=11, 5 folds × 7 penalties", features: .texts,
            samples: 6000, classes: 11, folds: 5, heldOut: 5, epochs: 1, probes: [configuration("linear")],
            learningRates: [], isRidge: true),
        TrainingCase(
            name: "ridge-large",
            summary: "ridge regression, n=50,000, D=768, C=100, 10 folds × 7 penalties; peers/fits.py does the same",
            features: .vectors, samples: 50_000, classes: 100, folds: 10, heldOut: 10, epochs: 1,
            probes: [configuration("linear")], learningRates: [], isRidge: true),
        TrainingCase(
            name: "logistic-large",
            summary: "logistic regression, n=50,000, D=768, C=100, one fold of ten × 45 penalties (DINOv2's)",
            features: .vectors, samples: 50_000, classes: 100, folds: 10, heldOut: 1, epochs: 1,
            probes: [configuration("linear")], learningRates: [], penalties: distilledPenalties),
        TrainingCase(
            name: "logistic-folds", summary: "the same, all ten folds", features: .vectors, samples: 50_000,
            classes: 100, folds: 10, heldOut: 10, epochs: 1, probes: [configuration("linear")], learningRates: [],
            penalties: distilledPenalties),
    ]

    /// The penalties of DINOv2's linear evaluation.
    static var distilledPenalties: [Double] { (0..<45).map { pow(10, -6 + 0.25 * Double($0)) } }

    private static func configuration(_ type: String) -> ProbeConfiguration { ProbeConfiguration(type: type) }

    private static func efficient(_ queries: Int, _ output: Int) -> ProbeConfiguration {
        ProbeConfiguration(type: "efficient", options: ["queries": .integer(queries), "output": .integer(output)])
    }
}

extension TrainingCase {
    /// Synthetic feature sets by their shapes.
    enum Features: String {
        case large, largeSingle, texts, vectors

        var meanTokens: Double {
            switch self {
            case .large, .largeSingle: 196
            case .texts: 16
            case .vectors: 1
            }
        }

        /// The set in a folder, written if it is missing.
        func write(to folder: String) throws -> FeatureSet {
            if FeatureSet.exists(in: folder) { return try FeatureSet.open(folder) }
            var features: SyntheticFeatures
            switch self {
            case .large, .largeSingle:
                features = SyntheticFeatures(samples: 1280, tokens: 196, width: 768, classes: 16)
            case .texts:
                features = SyntheticFeatures(samples: 6000, tokens: 28, width: 384, classes: 11)
                features.shortest = 4
            case .vectors:
                features = SyntheticFeatures(samples: 50_000, tokens: 1, width: 768, classes: 100)
                (features.signal, features.falloff) = (0.1, 0.5)
            }
            features.dtype = self == .large ? .bfloat16 : .float32
            return try features.write(to: folder, threads: ThreadPool(threads: 2))
        }
    }

    /// Labels alternate among the classes that have a sample in every fold.
    func task(_ layer: LayerTokens) -> FeatureTask {
        let occupied = min(classes, samples / (2 * folds))
        return FeatureTask(
            name: "class", kind: .classification, metric: "top1", classes: classes, samples: Array(0..<samples),
            targets: .classes((0..<samples).map { Int32($0 % occupied) }))
    }

    func trainingRows(_ layer: LayerTokens) -> Int { samples - samples / folds }

    func units(_ layer: LayerTokens) throws -> [ProbeUnit] {
        try probes.flatMap { probe in
            let configuration = try ProbeCatalog.complete(probe)
            return (0..<heldOut).map { fold in
                ProbeUnit(
                    features: LayerReference(
                        set: features.rawValue, digest: "0", layer: 0, width: layer.width, tokens: layer.maximumTokens),
                    task: TaskReference(
                        name: "class", digest: "0", kind: "classification", classes: classes, metric: "top1"),
                    fold: FoldReference(scheme: "stratified", count: folds, seed: 0, repetition: 0, heldOut: fold),
                    probe: configuration, solver: solver(probe.type), seed: 0)
            }
        }
    }

    private func solver(_ type: String) -> Solver {
        let selection = SelectionSettings(fraction: learningRates.count == 1 ? 0 : 0.1, refit: false)
        if type == "knn" {
            return Solver(
                NeighbourSettings(
                    neighbours: [10, 20, 100, 200], temperatures: [0.07], similarity: "cosine"),
                selection: selection)
        }
        if isRidge { return Solver(RidgeSettings(penalties: penalties), selection: selection) }
        if learningRates.isEmpty {
            return Solver(
                LogisticSettings(
                    penalties: penalties, maximumIterations: 1000, tolerance: 1e-4),
                selection: selection)
        }
        return Solver(
            GradientSettings(
                optimizer: "adamw", momentum: 0.9, beta2: 0.999, trust: 0.001, learningRates: learningRates,
                weightDecays: [0.05], epochs: epochs, warmup: 1, batch: 256), selection: selection)
    }
}
