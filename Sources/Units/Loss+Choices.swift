import Features

extension Loss {
    /// The losses that a kind of task can be trained by, the default first.
    package static func choices(forKind kind: String) -> [Loss] {
        switch FeatureTask.Kind(rawValue: kind) {
        case .classification: [.softmax]
        case .binary, .multilabel: [.sigmoid]
        case .ranking: [.pairwise, .squared]
        case .regression: [.squared]
        case .retrieval: [.sigmoid, .pairwise]
        case nil: []
        }
    }
}

extension TaskReference {
    /// The loss that training by gradient minimises.
    package var trainingLoss: Loss { loss ?? Loss.choices(forKind: kind).first ?? .softmax }

    /// Whether pairs are compared within groups only: if the metric compares orders within groups.
    package var ranksWithinGroups: Bool { kind == "retrieval" || metric.hasPrefix("grouped-") }

    /// Numbers that a head gives for a sample.
    package var outputs: Int { FeatureTask.Kind(rawValue: kind)?.outputs(classes: classes) ?? classes }
}
