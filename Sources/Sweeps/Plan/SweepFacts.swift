/// What a plan must know of the features and tasks that a specification names, and no more.
///
/// Facts are small and Codable: a client gathers them where the features are and sends them with the specification, and
/// the coordinator expands the same plan without touching a feature file.
public struct SweepFacts: Codable, Hashable, Sendable {
    /// One entry for each folder of the specification, in its order.
    public var sets: [FeatureSetFacts]

    public init(sets: [FeatureSetFacts]) {
        self.sets = sets
    }
}

/// One feature set.
public struct FeatureSetFacts: Codable, Hashable, Sendable {
    /// The name in its manifest.
    public var name: String
    /// The folder as a worker on the same file system can open it.
    public var folder: String
    public var samples: Int
    public var layers: [LayerFacts]
    public var tasks: [TaskFacts]
    /// The files of tensors that probes of the sweep name, those that there are.
    public var weights: [WeightsFacts]?

    public init(
        name: String, folder: String, samples: Int, layers: [LayerFacts], tasks: [TaskFacts],
        weights: [WeightsFacts]? = nil
    ) {
        self.name = name
        self.folder = folder
        self.samples = samples
        self.layers = layers
        self.tasks = tasks
        self.weights = weights
    }
}

/// One file of tensors beside a feature set.
public struct WeightsFacts: Codable, Hashable, Sendable {
    public var reference: WeightsReference
    /// Shape of every tensor, by name.
    public var shapes: [String: [Int]]

    public init(reference: WeightsReference, shapes: [String: [Int]]) {
        self.reference = reference
        self.shapes = shapes
    }
}

/// One layer of a feature set.
public struct LayerFacts: Codable, Hashable, Sendable {
    public var index: Int
    public var name: String
    /// SHA-256 over the content of the layer's tokens.
    public var digest: String
    /// D.
    public var width: Int
    /// T: patch tokens of the shortest and of the longest sample.
    public var tokens: ClosedRange<Int>
    public var hasClassToken: Bool
    /// Size of the layer's tokens in its files.
    public var bytes: Int
    /// Whether the backbone's final norm was applied; nil means no.
    public var finalNorm: Bool?
    /// Register tokens behind the class token; nil means none.
    public var registers: Int?
    /// Patch tokens of a sample on average, nil if uncounted.
    public var meanTokens: Double?

    public init(
        index: Int, name: String, digest: String, width: Int, tokens: ClosedRange<Int>, hasClassToken: Bool, bytes: Int,
        finalNorm: Bool? = nil, registers: Int? = nil, meanTokens: Double? = nil
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
    }
}

/// One task over the samples of a feature set.
public struct TaskFacts: Codable, Hashable, Sendable {
    public var name: String
    public var digest: String
    public var kind: String
    /// The metric that the manifest names.
    public var metric: String
    /// C.
    public var classes: Int
    public var classNames: [String]?
    public var samples: Int
    /// Samples of each class.
    public var classCounts: [Int]
    /// Number of distinct groups, nil where samples are not grouped.
    public var groups: Int?
    /// Whether the task brings a split of its own.
    public var hasSplit: Bool
    /// Why the specification's folds cannot be made for this task, if so.
    public var foldProblem: String?

    public init(
        name: String, digest: String, kind: String, metric: String, classes: Int, classNames: [String]?, samples: Int,
        classCounts: [Int], groups: Int?, hasSplit: Bool, foldProblem: String? = nil
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
    }

    /// The name of a class in messages to users.
    func className(_ index: Int) -> String {
        guard let classNames, index < classNames.count else { return "\(index)" }
        return classNames[index]
    }
}
