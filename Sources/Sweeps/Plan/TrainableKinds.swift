import Features
import Metrics

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

/// Which kinds of task are trained, and how.
enum TrainableKinds {
    static func contains(_ kind: String) -> Bool { FeatureTask.Kind(rawValue: kind) != nil }

    /// Why a training method cannot serve a kind of task; nil if it can.
    static func refusal(of method: TrainingMethod, for task: TaskReference, classWeights: String?) -> String? {
        let kind = FeatureTask.Kind(rawValue: task.kind)
        switch method {
        case .gradient, .neighbours, .nothing: return nil
        case .logistic where kind == .ranking || kind == .regression:
            return "is found by logistic regression, which predicts classes and not numbers"
        case .logistic:
            return task.trainingLoss == .pairwise ? "is found by logistic regression, which compares no pairs" : nil
        case .ridge where task.trainingLoss == .pairwise: return "is found by ridge regression, which compares no pairs"
        case .ridge:
            let weighs = classWeights != nil && task.trainingLoss != .squared
            return weighs ? "is found by ridge regression, which weighs all rows alike" : nil
        }
    }
}
