extension Metrics {
    /// One metric, with its name in specs and tables.
    package struct Description: Sendable, Hashable {
        /// The name in specs, tables and results.
        package let name: String
        /// Whether more is better.
        package let greaterIsBetter: Bool
        /// The kinds of task that it scores.
        package let kinds: [String]
        /// Its valid values by definition.
        package let values: ValueRange

        init(
            _ name: String, _ kinds: [String], _ range: ClosedRange<Double> = 0...1, greaterIsBetter: Bool = true
        ) {
            self.name = name
            self.greaterIsBetter = greaterIsBetter
            self.kinds = kinds
            values = ValueRange(range)
        }
    }

    /// All metrics in display order; the first of a kind is that kind's default.
    package static let catalogue: [Description] = [
        Description("top1", ["classification"]),
        Description("top5", ["classification"]),
        Description("top10", ["classification"]),
        Description("balanced-accuracy", ["classification"]),
        Description("macro-average-precision", ["multilabel", "classification"]),
        Description("micro-average-precision", ["multilabel"]),
        Description("weighted-average-precision", ["multilabel", "classification"]),
        Description("sample-average-precision", ["multilabel"]),
        Description("macro-roc-auc", ["multilabel", "classification"]),
        Description("weighted-roc-auc", ["multilabel", "classification"]),
        Description("macro-f1", ["classification", "multilabel"]),
        Description("micro-f1", ["multilabel"]),
        Description("weighted-f1", ["classification", "multilabel"]),
        Description("mean-average-precision", ["retrieval"]),
        Description("average-precision", ["binary", "retrieval"]),
        Description("mean-reciprocal-rank", ["retrieval"]),
        Description("recall-at-1", ["retrieval"]),
        Description("recall-at-5", ["retrieval"]),
        Description("recall-at-10", ["retrieval"]),
        Description("roc-auc", ["binary"]),
        Description("f1", ["binary"]),
        Description("accuracy", ["binary"]),
        Description("log-loss", ["classification", "binary"], 0...largestLogLoss, greaterIsBetter: false),
        Description("brier-score", ["classification", "binary"], 0...2, greaterIsBetter: false),
        Description("ece", ["classification", "binary"], greaterIsBetter: false),
        Description("adaptive-ece", ["classification", "binary"], greaterIsBetter: false),
        Description("r2", ["regression"], -.infinity...1),
        Description("mean-squared-error", ["regression"], 0...(.infinity), greaterIsBetter: false),
        Description("mean-absolute-error", ["regression"], 0...(.infinity), greaterIsBetter: false),
        Description("kendall-tau", ["ranking", "regression"], -1...1),
        Description("spearman", ["ranking", "regression"], -1...1),
        Description("grouped-kendall-tau", ["ranking"], -1...1),
        Description("grouped-spearman", ["ranking"], -1...1),
    ]

    /// The names of the metrics that score a kind of task, the default first; empty for an unknown kind.
    package static func names(forKind kind: String) -> [String] {
        catalogue.filter { $0.kinds.contains(kind) }.map(\.name)
    }

    /// Whether more is better: true for accuracies, false for losses and errors, true for unknown names.
    package static func greaterIsBetter(_ name: String) -> Bool {
        catalogue.first { $0.name == name }?.greaterIsBetter ?? true
    }
}
