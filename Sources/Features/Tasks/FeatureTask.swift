import Crypto
import Foundation

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
    /// The samples of the feature set that the task labels, ascending; everything below is aligned with it.
    package var samples: [Int]
    package var targets: Targets
    /// Rows of one group never lie on both sides of a grouped split.
    package var groups: [Int32]?
    /// A predefined split: 0 trains, 1 tests.
    package var split: [UInt8]?

    package init(
        name: String, kind: Kind, metric: String, classes: Int, classNames: [String]? = nil, samples: [Int],
        targets: Targets, groups: [Int32]? = nil, split: [UInt8]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.metric = metric
        self.classes = classes
        self.classNames = classNames
        self.samples = samples
        self.targets = targets
        self.groups = groups
        self.split = split
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

    /// SHA-256 over everything that a result depends on: kind, classes, samples, targets, groups, split. It leaves out
    /// class names, which change no result, and the metric, which is part of the unit.
    package var digest: String {
        var hasher = SHA256()
        hasher.update(data: Data("probesweep task 1\n\(kind.rawValue)\n\(classes)\n\(samples.count)\n".utf8))
        hasher.update(section: "samples", samples.map { Int64($0).littleEndian })
        switch targets {
        case .classes(let labels): hasher.update(section: "labels", labels.map(\.littleEndian))
        case .indicators(let indicators): hasher.update(section: "indicators", indicators)
        case .scores(let scores): hasher.update(section: "scores", scores.map(\.bitPattern.littleEndian))
        }
        if let groups { hasher.update(section: "groups", groups.map(\.littleEndian)) }
        if let split { hasher.update(section: "split", split) }
        return hasher.finalize().hexadecimal
    }
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

extension SHA256 {
    /// Hashes the name of a section and then its elements as they lie in memory, which must be little-endian.
    fileprivate mutating func update<Element: BitwiseCopyable>(section: String, _ elements: [Element]) {
        update(data: Data("\(section)\n".utf8))
        elements.withUnsafeBytes { update(bufferPointer: $0) }
    }
}
