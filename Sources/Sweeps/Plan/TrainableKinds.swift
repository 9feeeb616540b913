import Features
import Units

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
