import Identities
import Probes
package import Units

/// What a plan must know of the features and tasks that a specification names, and no more.
///
/// Facts are small and Codable: a client gathers them where the features are and sends them with the specification, and
/// the coordinator expands the same plan without touching a feature file.
package struct SweepFacts: Codable, Hashable, Sendable {
    /// One entry for each folder of the specification, in its order.
    package var sets: [FeatureSetFacts]
    /// What the specification calls ways of training; nil for no names.
    package var labels: [TrainingLabel]?

    package init(sets: [FeatureSetFacts], labels: [TrainingLabel]? = nil) {
        self.sets = sets
        self.labels = labels
    }
}

/// One feature set.
package struct FeatureSetFacts: Codable, Hashable, Sendable {
    /// The name in its manifest, which is part of its units.
    package var name: String
    /// What tables call it: the specification's name for it, else its backbone's; nil for the name in the manifest.
    package var title: String?
    /// The folder as a worker on the same file system can open it.
    package var folder: String
    package var samples: Int
    package var layers: [LayerFacts]
    package var tasks: [TaskFacts]
    /// The files of tensors that probes of the sweep name, those that there are.
    package var weights: [WeightsFacts]?
    /// The sets of the same architecture untrained that the specification names; nil for none.
    package var untrained: [FeatureSetFacts]?
    /// The seed of the backbone's weights if those are random; nil for trained ones.
    package var randomWeights: Int?
    /// SHA-256 of the boxes or masks of its samples, where heads are analysed; nil for none.
    package var regions: String?

    package init(
        name: String, folder: String, samples: Int, layers: [LayerFacts], tasks: [TaskFacts],
        weights: [WeightsFacts]? = nil, untrained: [FeatureSetFacts]? = nil, randomWeights: Int? = nil,
        title: String? = nil
    ) {
        self.name = name
        self.title = title
        self.folder = folder
        self.samples = samples
        self.layers = layers
        self.tasks = tasks
        self.weights = weights
        self.untrained = untrained
        self.randomWeights = randomWeights
        regions = nil
    }

    /// The set and the untrained ones beside it.
    package var withUntrained: [FeatureSetFacts] { [self] + (untrained ?? []) }
}

/// One file of tensors beside a feature set.
package struct WeightsFacts: Codable, Hashable, Sendable {
    package var reference: WeightsReference
    /// Shape of every tensor, by name.
    package var shapes: [String: [Int]]
    /// What its metadata says of a backbone's blocks; nil where it says nothing.
    package var metadata: [String: String]?

    package init(reference: WeightsReference, shapes: [String: [Int]], metadata: [String: String] = [:]) {
        self.reference = reference
        self.shapes = shapes
        let kept = metadata.filter { BackboneWeights.keys.contains($0.key) }
        self.metadata = kept.isEmpty ? nil : kept
    }

    var backbone: BackboneWeights { BackboneWeights(shapes: shapes, metadata: metadata ?? [:]) }
}

/// One layer of a feature set.
package struct LayerFacts: Codable, Hashable, Sendable {
    package var index: Int
    package var name: String
    /// SHA-256 over the content of the layer's tokens.
    package var digest: String
    /// D.
    package var width: Int
    /// T: patch tokens of the shortest and of the longest sample.
    package var tokens: ClosedRange<Int>
    package var hasClassToken: Bool
    /// Size of the layer's tokens in its files.
    package var bytes: Int
    /// Whether the backbone's final norm was applied; nil means no.
    package var finalNorm: Bool?
    /// Register tokens behind the class token; nil means none.
    package var registers: Int?
    /// Patch tokens of a sample on average, nil if uncounted.
    package var meanTokens: Double?
    /// Whether the sweep reads the layer for the control `raw` alone; nil means no.
    package var isRaw: Bool?
    /// The relative depth that the sweep asks for and the layer is, as the specification writes it; nil for none.
    package var depth: String?
    /// `meanTokens` to the nearest token: the length at which costs are computed.
    package var roundedMeanTokens: Int? {
        // Facts come from others: nothing beyond the bounds that are checked.
        meanTokens.flatMap { mean in
            Int(exactly: min(max(mean, Double(tokens.lowerBound)), Double(tokens.upperBound)).rounded())
        }
    }
    /// Whether the longest sample is longer than the mean.
    package var hasUnlikeLengths: Bool { meanTokens.map { $0 < Double(tokens.upperBound) } ?? false }

    package init(
        index: Int, name: String, digest: String, width: Int, tokens: ClosedRange<Int>, hasClassToken: Bool, bytes: Int,
        finalNorm: Bool? = nil, registers: Int? = nil, meanTokens: Double? = nil, isRaw: Bool? = nil,
        depth: String? = nil
    ) {
        self.index = index
        self.name = name
        self.digest = digest
        self.width = width
        self.tokens = tokens
        self.hasClassToken = hasClassToken
        self.bytes = bytes
        self.finalNorm = finalNorm
        self.registers = registers
        self.meanTokens = meanTokens
        self.isRaw = isRaw
        self.depth = depth
    }
}

/// One task over the samples of a feature set.
package struct TaskFacts: Codable, Hashable, Sendable {
    package var name: String
    package var digest: String
    package var kind: String
    /// The metric that the manifest names.
    package var metric: String
    /// C.
    package var classes: Int
    package var classNames: [String]?
    package var samples: Int
    /// Samples of each class.
    package var classCounts: [Int]
    /// Number of distinct groups, nil where samples are not grouped.
    package var groups: Int?
    /// Whether the task brings a split of its own.
    package var hasSplit: Bool
    /// Why the specification's folds cannot be made for this task, if so.
    package var foldProblem: String?
    /// Digests of the tasks whose common samples these are; nil where none were taken away.
    package var common: [String]?
    /// What was taken away.
    package var dropped: DroppedSamples?
    /// Whether the task has types; nil means no.
    package var hasTypes: Bool?

    package init(
        name: String, digest: String, kind: String, metric: String, classes: Int, classNames: [String]?, samples: Int,
        classCounts: [Int], groups: Int?, hasSplit: Bool, foldProblem: String? = nil, common: [String]? = nil,
        dropped: DroppedSamples? = nil, hasTypes: Bool? = nil
    ) {
        self.name = name
        self.digest = digest
        self.kind = kind
        self.metric = metric
        self.classes = classes
        self.classNames = classNames
        self.samples = samples
        self.classCounts = classCounts
        self.groups = groups
        self.hasSplit = hasSplit
        self.foldProblem = foldProblem
        self.common = common
        self.dropped = dropped
        self.hasTypes = hasTypes
    }

    /// The name of a class in messages to users.
    package func className(_ index: Int) -> String {
        guard let classNames, index < classNames.count else { return "\(index)" }
        return classNames[index]
    }
}

/// Samples of a task that other feature sets of the sweep lack.
package struct DroppedSamples: Codable, Hashable, Sendable {
    package var samples: Int
    /// Of each class; empty for tasks without classes.
    package var classCounts: [Int]

    package init(samples: Int, classCounts: [Int]) {
        self.samples = samples
        self.classCounts = classCounts
    }
}
