/// What the values of a column of labels stand for.
package enum LabelReading: String, Sendable, Codable, CaseIterable {
    /// Names of classes: C is how many different ones there are.
    case names
    /// Numbers of classes from 0: C is the largest plus 1, whether all occur or not.
    case indices
    /// Quantities.
    case scores
}

/// The labels of those rows of a file that have one.
struct RowLabels {
    /// All rows of the file.
    var total: Int
    /// Those that have a label, ascending.
    var rows: [Int]
    /// Aligned with `rows`.
    var targets: FeatureTask.Targets
    var classes: Int
    var classNames: [String]?
    /// Nil for labels that are given as 0 and 1.
    var reading: LabelReading?

    /// The kind of task that such labels make by themselves.
    var form: FeatureTask.Kind {
        switch targets {
        case .classes: .classification
        case .indicators: .multilabel
        case .scores: .ranking
        }
    }
}
