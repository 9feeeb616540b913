import Probes
import Sweeps
import Training
import Units

/// What tables and figures for readers call metrics, probes and dimensionalities, as papers do.
///
/// Files for programs, and commands, keep the names of specifications.
enum DisplayName {
    /// A metric: `macro AP`; an unknown one as it is.
    static func metric(_ name: String) -> String { metrics[name] ?? name }

    /// A metric with its unit: `macro AP (%)`.
    static func metricWithUnit(_ name: String) -> String { metric(name) + (isPercentage(name) ? " (%)" : "") }

    /// What a figure of the metric is multiplied by when it is shown: shares as percentages.
    static func factor(of metric: String) -> Double { isPercentage(metric) ? 100 : 1 }

    /// Digits after the point: a tenth of a percent, else three digits.
    static func decimals(of metric: String) -> Int { isPercentage(metric) ? 1 : 3 }

    /// Losses, errors and correlations are no shares of anything.
    static func isPercentage(_ metric: String) -> Bool { metrics[metric] != nil && !plainNumbers.contains(metric) }

    /// D_o as a share of D, which is the same for backbones of unlike width: `D/4`; as a number where it is none.
    static func output(_ output: Int, of width: Int) -> String {
        guard output > 0, width > 0 else { return "\(output)" }
        if output == width { return "D" }
        if width % output == 0 { return "D/\(width / output)" }
        return output % width == 0 ? "\(output / width)D" : "\(output)"
    }

    private static let metrics = [
        "top1": "top-1", "top5": "top-5", "top10": "top-10", "balanced-accuracy": "balanced accuracy",
        "macro-average-precision": "macro AP", "micro-average-precision": "micro AP",
        "weighted-average-precision": "weighted AP", "sample-average-precision": "sample AP",
        "macro-roc-auc": "macro AUROC", "weighted-roc-auc": "weighted AUROC", "macro-f1": "macro F1",
        "micro-f1": "micro F1", "weighted-f1": "weighted F1", "mean-average-precision": "mAP",
        "average-precision": "AP", "mean-reciprocal-rank": "MRR", "recall-at-1": "R@1", "recall-at-5": "R@5",
        "recall-at-10": "R@10", "roc-auc": "AUROC", "f1": "F1", "accuracy": "accuracy", "log-loss": "log loss",
        "brier-score": "Brier score", "ece": "ECE", "adaptive-ece": "adaptive ECE", "r2": "R²",
        "mean-squared-error": "MSE", "mean-absolute-error": "MAE", "kendall-tau": "Kendall τ", "spearman": "Spearman ρ",
        "grouped-kendall-tau": "grouped Kendall τ", "grouped-spearman": "grouped Spearman ρ",
    ]

    private static let plainNumbers: Set = [
        "log-loss", "brier-score", "r2", "mean-squared-error", "mean-absolute-error", "kendall-tau", "spearman",
        "grouped-kendall-tau", "grouped-spearman",
    ]

    /// Types with a name of their own in the literature; others keep that of specifications.
    fileprivate static let probes = [
        "efficient": "EP", "mhca": "MHCA", "aim": "AIM", "abmilp": "AbMILP", "simpool": "SimPool",
        "esimpool": "ESimPool", "siglip": "SigLIP", "clip": "CLIP", "coca": "CoCa", "cae": "CAE", "vjepa": "V-JEPA",
        "vjepa2": "V-JEPA 2", "cait": "CaiT", "vit-block": "ViT", "dolg": "DOLG", "cbam": "CBAM", "dinov2": "DINOv2",
        "knn": "k-NN", "mlp": "MLP", "zeroshot": "zero-shot", "finetune": "fine-tuning",
    ]

    /// Pooled vectors, which stand for the linear probe on them.
    fileprivate static let inputs = ["class": "[CLS]", "mean": "GAP", "class+mean": "[CLS]+GAP"]
}

extension ResultRow {
    /// The probe as papers write it, without D_o: `EP₁₆`, `[CLS]`, `GAP`, `MHCA₁₂`, `k-NN GAP`.
    var displayName: String { displayName() }

    /// The same with D_o where the probe has one of its own other than D: `EP₁₆, Dₒ = D/4`.
    var displayNameWithOutput: String {
        let width = unit.features.width
        guard unit.probe.options["output"] != nil, outputWidth != width else { return displayName }
        return displayName + ", Dₒ = " + DisplayName.output(outputWidth, of: width)
    }

    /// D_o as specifications give it: a share of D, or the number of units in a perceptron's last layer.
    var displayNameOfOutput: String {
        let type = ProbeCatalog.types.first { $0.name == unit.probe.type }
        let isCounted = type?.options.contains { $0.kind == .counts && unit.probe.options[$0.name] != nil } ?? false
        return isCounted ? "\(outputWidth)" : DisplayName.output(outputWidth, of: unit.features.width)
    }

    /// The same without how much it was trained on, and what else tells its training from others of the probe.
    var displayNameOfProbe: String { displayName(leavingOutTraining: true) }

    /// How much it was trained on, and what else tells its training from others: `5-shot`; empty where nothing does.
    var displayNameOfTraining: String { ([amountWord].compactMap { $0 } + trainingWords).joined(separator: " ") }

    private var amountWord: String? { unit.shots?.label(ofVersion: unit.protocolVersion) }

    /// - Parameters:
    ///   - isLine: without the number of queries of efficient probing, for lines along it.
    ///   - isBare: without the words of ``displayNameOfTraining``.
    func displayName(leavingOutQueries isLine: Bool = false, leavingOutTraining isBare: Bool = false) -> String {
        let options = unit.probe.options
        let count = Self.subscripted[unit.probe.type]
        let number = count.flatMap { options[$0]?.count }
        let input = unit.probe.type == "linear" ? "input" : nil
        let pooled = options["input"].flatMap { DisplayName.inputs[$0.description] }
        var name = DisplayName.probes[unit.probe.type] ?? unit.probe.type
        if input != nil, let pooled {
            name = pooled
        } else if let number, !isLine || count != "queries" {
            name += FontMetrics.lowered(number)
        }
        // Papers say what differs from a probe's usual form.
        let usual = ProbeCatalog.types.first { $0.name == unit.probe.type }?.options.filter {
            $0.name != "input" && options[$0.name] == $0.defaultValue
        }
        let leftOut =
            (usual ?? []).map(\.name) + [count, input != nil && pooled != nil ? "input" : nil].compactMap { $0 }
        let words = unit.optionWords(leavingOut: leftOut).map { DisplayName.inputs[$0] ?? $0 }
        let probe = unit.control == .majority ? [] : [name] + words
        let training = isBare ? solverWords.filter { $0 != amountWord } : solverWords + trainingWords
        return (probe + training).joined(separator: " ")
    }

    /// Linear probes are solved to their optimum unless they say otherwise; papers do not name the solver.
    private var solverWords: [String] {
        guard unit.probe.type == "linear" else { return unit.qualifierWords }
        let words = unit.qualifierWords.filter { $0 != "logistic" && $0 != "gradient" }
        return unit.solver.settings is GradientSettings ? ["gradient"] + words : words
    }

    /// What tells the row's training from others of the same probe; empty where nothing does.
    var trainingWords: [String] {
        let rest = label.dropFirst(unit.probeLabel.count)
        return rest.split(separator: " ").map(String.init)
    }

    /// Of types that papers number, the option that numbers them.
    private static let subscripted = ["efficient": "queries", "mhca": "heads", "aim": "heads"]
}

extension OptionValue {
    /// The value of an option of kind `count`.
    var count: Int? { if case .integer(let count) = self { count } else { nil } }
}
