extension Metrics {
    /// One metric as specs name it and tables head it.
    public struct Description: Sendable, Hashable {
        /// The name in specs, tables and results.
        public let name: String
        /// Whether more is better.
        public let greaterIsBetter: Bool
        /// The kinds of task that it scores.
        public let kinds: [String]
    }

    /// All metrics, in the order in which they are listed to users; the first of a kind is that kind's default.
    public static let catalogue: [Description] = [
        Description(name: "top1", greaterIsBetter: true, kinds: ["classification"]),
        Description(name: "top5", greaterIsBetter: true, kinds: ["classification"]),
        Description(name: "balanced-accuracy", greaterIsBetter: true, kinds: ["classification"]),
        Description(name: "log-loss", greaterIsBetter: false, kinds: ["classification"]),
        Description(name: "ece", greaterIsBetter: false, kinds: ["classification"]),
    ]

    /// The names of the metrics that score a kind of task, the default first; empty for an unknown kind.
    public static func names(forKind kind: String) -> [String] {
        catalogue.filter { $0.kinds.contains(kind) }.map(\.name)
    }

    /// Whether more is better: accuracies yes, losses and errors no. An unknown name counts as a score, more is better.
    public static func greaterIsBetter(_ name: String) -> Bool {
        catalogue.first { $0.name == name }?.greaterIsBetter ?? true
    }
}
