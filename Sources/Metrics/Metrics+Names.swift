import Identities

extension Metrics {
    /// The metric of a kind of task that an unknown name most likely means: what other libraries call so, or the name
    /// that is spelled most like it; nil where nothing is near.
    package static func nearestName(to name: String, forKind kind: String) -> String? {
        let known = names(forKind: kind)
        let plain = plain(name)
        if let same = known.first(where: { Self.plain($0) == plain }) { return same }
        if let meant = (synonyms[plain] ?? []).first(where: known.contains) { return meant }
        return Identities.nearestName(to: name.lowercased(), among: known)
    }

    /// Without the marks that libraries join words by: `Top_1` and `top-1` are `top1`.
    private static func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// What other libraries call these metrics; the first one that scores the task's kind is meant.
    private static let synonyms: [String: [String]] = [
        "accuracy": ["top1"], "acc": ["top1", "accuracy"], "acc1": ["top1"], "acc5": ["top5"],
        "top1accuracy": ["top1", "accuracy"], "top5accuracy": ["top5"], "top1acc": ["top1"], "top5acc": ["top5"],
        "bacc": ["balanced-accuracy"], "meanperclassaccuracy": ["balanced-accuracy"],
        "ap": ["average-precision", "macro-average-precision"],
        "map": ["mean-average-precision", "macro-average-precision", "average-precision"],
        "prauc": ["average-precision", "macro-average-precision"],
        "auc": ["roc-auc", "macro-roc-auc"], "auroc": ["roc-auc", "macro-roc-auc"],
        "rocaucscore": ["roc-auc", "macro-roc-auc"], "rocauc": ["macro-roc-auc"],
        "f1": ["macro-f1"], "f1score": ["f1", "macro-f1"], "f1macro": ["macro-f1"], "f1micro": ["micro-f1"],
        "mrr": ["mean-reciprocal-rank"], "crossentropy": ["log-loss"], "nll": ["log-loss"],
        "calibrationerror": ["ece"], "ace": ["adaptive-ece"], "brier": ["brier-score"],
        "brierscoreloss": ["brier-score"], "brierloss": ["brier-score"],
        "r2score": ["r2"], "mse": ["mean-squared-error"], "rmse": ["mean-squared-error"],
        "mae": ["mean-absolute-error"], "tau": ["kendall-tau"], "kendall": ["kendall-tau"],
        "kendalltau": ["kendall-tau"], "rho": ["spearman"], "spearmanr": ["spearman"],
    ]
}
