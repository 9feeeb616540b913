package import Features
package import Probes

/// One cell of the grid, with every setting that its result depends on: the grain of identity, ledger, retry and table.
///
/// A unit's result is a function of this value alone (on one kernel path). Anything that does not change the result,
/// such as where the features are or how many threads train, is therefore not in it.
package struct ProbeUnit: Codable, Hashable, Sendable {
    /// Bumped whenever a change to the program changes the result of an unchanged unit.
    package static let currentProtocolVersion = 3

    package var protocolVersion: Int
    package var features: LayerReference
    package var task: TaskReference
    package var fold: FoldReference
    package var probe: ProbeConfiguration
    package var solver: Solver
    /// The part of the training fold that the unit gets, nil for all of it.
    package var shots: Shots?
    /// Random numbers are drawn from generators keyed by the unit key, which this seed is part of.
    package var seed: Int
    /// The kernel path that the spec pins, nil for the worker's own.
    package var kernel: String?
    /// The layers before this one that the probe reads too, the nearest first; nil where it reads one layer.
    package var earlierLayers: [LayerReference]?
    /// The tensors beside the features that the probe starts from; nil where it starts from none.
    package var weights: WeightsReference?
    /// What the unit controls for; nil for a probe as it is.
    package var control: Control?
    /// What is asked of the trained head besides its scores; nil for nothing.
    package var analysis: HeadAnalysis?

    package init(
        features: LayerReference, task: TaskReference, fold: FoldReference, probe: ProbeConfiguration, solver: Solver,
        seed: Int, kernel: String? = nil, shots: Shots? = nil, earlierLayers: [LayerReference]? = nil,
        weights: WeightsReference? = nil, control: Control? = nil
    ) {
        self.protocolVersion = Self.currentProtocolVersion
        self.features = features
        self.task = task
        self.fold = fold
        self.probe = probe
        self.solver = solver
        self.seed = seed
        self.kernel = kernel
        self.shots = shots
        self.earlierLayers = earlierLayers
        self.weights = weights
        self.control = control
        analysis = nil
    }
}

/// A unit that a probe is compared with, trained like the probe except for one thing.
package enum Control: String, Codable, Hashable, Sendable, CaseIterable {
    /// The labels are permuted: among whole groups where each group has one label, within groups otherwise, and among
    /// all rows where there are none. A figure beyond chance tells of leakage.
    case null
    /// What the classes of the training rows alone predict.
    case majority
    /// Attention is frozen at the uniform distribution.
    case uniform
    /// Every type of the task has a label at random: what a head scores is what it can remember.
    case types
    /// The features are those of the same architecture with untrained weights. The set is named as the trained one is;
    /// the layer's digest tells them apart, and each untrained set has seeds of its own.
    case randomWeights = "random-weights"
}

/// One layer of one feature set, by content.
package struct LayerReference: Codable, Hashable, Sendable {
    /// The feature set's name, as shown in tables.
    package var set: String
    /// SHA-256 over the content of the layer's tokens: shard digests, type, width, token layout, sample ids.
    package var digest: String
    /// The layer's index in its feature set's manifest.
    package var layer: Int
    /// D.
    package var width: Int
    /// T of every sample, or the largest where samples differ in length.
    package var tokens: Int

    package init(set: String, digest: String, layer: Int, width: Int, tokens: Int) {
        self.set = set
        self.digest = digest
        self.layer = layer
        self.width = width
        self.tokens = tokens
    }
}

/// A file of tensors beside a feature set, by content.
package struct WeightsReference: Codable, Hashable, Sendable {
    /// The file is `weights/NAME.safetensors`.
    package var name: String
    /// SHA-256 of the file.
    package var digest: String

    package init(name: String, digest: String) {
        self.name = name
        self.digest = digest
    }
}

/// One task over the samples of a feature set, by content.
package struct TaskReference: Codable, Hashable, Sendable {
    package var name: String
    /// SHA-256 over the task's labels, ids, groups and predefined splits.
    package var digest: String
    /// `classification`, `binary`, `multilabel`, `ranking`, `regression` or `retrieval`.
    package var kind: String
    /// C.
    package var classes: Int
    /// The metric that tables show and choices maximise (or minimise, where less is better).
    package var metric: String
    /// What training minimises, nil for the kind's default.
    package var loss: Loss?
    /// The draw of negatives, nil for all of them.
    package var sampling: NegativeSampling?
    /// The seed by which labels are permuted, or drawn for each type; nil where they are what they are.
    package var permutation: Int?
    /// Whether each type has a label at random, instead of a permutation of all labels; nil for no.
    package var isLabelledByType: Bool?
    /// Digests of the tasks of this name whose feature sets were cut, with this one, to the samples that all have; nil
    /// where none of this one's were taken away.
    package var common: [String]?

    package init(
        name: String, digest: String, kind: String, classes: Int, metric: String, loss: Loss? = nil,
        sampling: NegativeSampling? = nil, permutation: Int? = nil, common: [String]? = nil
    ) {
        self.name = name
        self.digest = digest
        self.kind = kind
        self.classes = classes
        self.metric = metric
        self.loss = loss
        self.sampling = sampling
        self.permutation = permutation
        self.common = common
        isLabelledByType = nil
    }
}

extension TaskReference {
    /// By which the task is known in a pass, where one that is cut may stand beside the whole one.
    package var nameInPass: String { common == nil ? name : "\(name) of common samples \(digest.prefix(12))" }

    /// The task with its targets permuted.
    package func permuted(by seed: Int) -> TaskReference {
        var task = self
        task.permutation = seed
        return task
    }

    /// The task with a target at random for each type.
    package func labelledByType(seed: Int) -> TaskReference {
        var task = permuted(by: seed)
        task.isLabelledByType = true
        return task
    }
}

/// A stated number of negatives for each positive, drawn group by group.
package struct NegativeSampling: Codable, Hashable, Sendable {
    /// For each positive.
    package var negatives: Int
    package var seed: Int

    package init(negatives: Int, seed: Int) {
        self.negatives = negatives
        self.seed = seed
    }
}

/// One train/test split out of a seeded family of splits.
package struct FoldReference: Codable, Hashable, Sendable {
    /// `stratified`, `plain`, `grouped`, `hashed` or `predefined`.
    package var scheme: String
    /// k; for a predefined split 1.
    package var count: Int
    /// The seed of the assignment; repeats use seed, seed + 1, and so on, and are therefore part of this value.
    package var seed: Int
    /// Which repeat of the k-fold this is, from 0.
    package var repetition: Int
    /// The fold that is held out for testing, 0 ..< count.
    package var heldOut: Int

    package init(scheme: String, count: Int, seed: Int, repetition: Int, heldOut: Int) {
        self.scheme = scheme
        self.count = count
        self.seed = seed
        self.repetition = repetition
        self.heldOut = heldOut
    }

    /// Whether the rows of a group stay on one side of every split.
    package var keepsGroups: Bool { scheme == "grouped" || scheme == "hashed" }
}

extension FeatureTask {
    /// The task as a unit learns it and is scored by: with the negatives that are drawn for it, and its targets.
    package func taught(for reference: TaskReference) -> FeatureTask {
        let drawn = reference.sampling.flatMap { sampled(negatives: $0.negatives, seed: $0.seed) } ?? self
        return drawn.relabelled(for: reference)
    }

    /// The task with the targets that a unit learns and is scored by.
    package func relabelled(for reference: TaskReference) -> FeatureTask {
        guard let seed = reference.permutation else { return self }
        guard reference.isLabelledByType == true else { return permuted(seed: seed) }
        return labelledByType(seed: seed) ?? self
    }
}
