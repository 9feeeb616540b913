/// Labels over the samples of a feature set, and the metric that scores a prediction of them.
package struct FeatureTask: Sendable, Equatable {
    package var name: String
    package var kind: Kind
    /// The metric for tables and selection.
    package var metric: String
    /// C: classes or labels; 1 for scores.
    package var classes: Int
    /// Names of the classes in the order of their numbers.
    package var classNames: [String]?
    /// The samples of the feature set that the task labels; everything below is aligned with it. In the order of their
    /// ids where the set has ids, else ascending.
    package var samples: [Int]
    /// The id of each row; nil where the set has none, and in a task as its file has it.
    package var ids: [String]?
    package var targets: Targets
    /// Rows of one group never lie on both sides of a grouped split.
    package var groups: [Int32]?
    /// Names of the groups in the order of their numbers; nil where they have none.
    package var groupNames: [String]?
    /// A predefined split: 0 trains, 1 tests.
    package var split: [UInt8]?
    /// What each row is an instance of and other folds have instances of too, such as the word of a token; nil where
    /// there is nothing of the kind.
    package var types: [Int32]?

    package init(
        name: String, kind: Kind, metric: String, classes: Int, classNames: [String]? = nil, samples: [Int],
        ids: [String]? = nil, targets: Targets, groups: [Int32]? = nil, groupNames: [String]? = nil,
        split: [UInt8]? = nil, types: [Int32]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.metric = metric
        self.classes = classes
        self.classNames = classNames
        self.samples = samples
        self.ids = ids
        self.targets = targets
        self.groups = groups
        self.groupNames = groupNames
        self.split = split
        self.types = types
    }

    /// What is predicted.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// One of C classes.
        case classification
        /// Yes (1) or no (0).
        case binary
        /// Any number of C labels.
        case multilabel
        /// A number whose order counts.
        case ranking
        /// A number whose value counts.
        case regression
        /// Relevant (1) or not (0), for each candidate of a query; the groups are the queries.
        case retrieval
    }

    /// What is to be predicted, row by row.
    package enum Targets: Sendable, Equatable {
        /// `[n]`, each in 0 ..< C; 0 or 1 for `binary` and `retrieval`.
        case classes([Int32])
        /// `[n, C]` row-major, each 0 or 1.
        case indicators([UInt8])
        /// `[n]`, finite.
        case scores([Float])
    }

    /// The class of each row, aligned with `samples`; empty for tasks without classes.
    package var labels: [Int32] {
        if case .classes(let labels) = targets { labels } else { [] }
    }

    /// Outputs of a head for a sample: one for each class or label, and a single one for a score or for yes or no.
    package var outputs: Int { kind.outputs(classes: classes) }
}

extension FeatureTask.Kind {
    /// Outputs of a head for a sample of a task with C classes.
    package func outputs(classes: Int) -> Int {
        switch self {
        case .classification, .multilabel: classes
        case .binary, .ranking, .regression, .retrieval: 1
        }
    }
}
