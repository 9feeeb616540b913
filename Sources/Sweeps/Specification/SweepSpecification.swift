import Identities
package import Probes
package import Training
package import Units

/// What a user asks for: the grid of a sweep and how its units are trained, with every default filled in.
///
/// `docs/sweeps.md` describes each field as users write it. A specification is data about intent: paths, axes and
/// expressions such as `D/4` still stand in it, and `Plan.make` turns it into units once the facts of the features are
/// known.
package struct SweepSpecification: Codable, Hashable, Sendable {
    /// The sweep's name, as `probesweep table` takes it. Default: the file's name without its ending.
    package var name: String
    /// Folders of feature sets, absolute: workers do not run where the specification was written.
    package var features: [String]
    /// What tables call the feature set of a folder; those that are not in it are called by their backbone.
    package var names: [String: String]
    /// Folders with the features of the same architecture untrained, by the folder of the trained one's.
    package var untrained: [String: [String]]
    /// Nil for all layers of every set.
    package var layers: [LayerSelection]?
    /// Nil for all tasks of every set.
    package var tasks: [TaskSelection]?
    /// What is done where feature sets share samples of a task.
    package var samples: SampleMatching
    package var folds: FoldSettings
    package var probes: [ProbeAxes]
    /// The part of each training fold that choices are made on.
    package var selection: SelectionSettings
    /// Whether choices are made inside the training fold, on the test fold, or both ways for comparison.
    package var `protocol`: SelectionProtocol
    /// How much of each training fold units get; nil for all of it.
    package var shots: [Shots?]
    /// Seeded draws of each amount of shots; nil for ``SweepDefaults/draws(of:)``.
    package var draws: Int?
    /// Whether min(k, 4) samples of a class beside the k shots are there to choose by, as is the field's habit.
    package var drawsExtraShots: Bool
    /// `balanced`, nil for equal weights.
    package var classWeights: String?
    /// Whether each unit's predictions of its test fold are kept beside its result.
    package var keepsPredictions: Bool
    package var seed: Int
    /// Seeds that whatever draws random numbers is trained with: seed, seed + 1, and so on.
    package var seeds: Int
    /// What beside the probes themselves is trained for comparison.
    package var controls: [SweepControl]
    /// The kernel path that results are pinned to, nil (`auto` in the file) for whatever each worker has.
    package var kernel: String?
    /// Asks for analyses of heads of this grid; nil for the grid itself.
    package var attention: AnalysisRequest?
    /// Where each field was read, so that a problem found at planning can still name its line.
    package var source: SpecificationSource
}

extension SweepSpecification {
    private enum Member: String, CodingKey {
        case name, features, names, untrained, layers, tasks, samples, folds, probes, selection, `protocol`, shots,
            draws
        case drawsExtraShots
        case classWeights, keepsPredictions, seed, seeds, controls, kernel, attention, source
    }

    /// Specifications that versions before 3 of the units' protocol stored have neither seeds nor controls, and earlier
    /// ones of version 3 name no untrained features, and no features at all.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        self.init(
            name: try container.decode(String.self, forKey: .name),
            features: try container.decode([String].self, forKey: .features),
            names: try container.decodeIfPresent([String: String].self, forKey: .names) ?? [:],
            untrained: try container.decodeIfPresent([String: [String]].self, forKey: .untrained) ?? [:],
            layers: try container.decodeIfPresent([LayerSelection].self, forKey: .layers),
            tasks: try container.decodeIfPresent([TaskSelection].self, forKey: .tasks),
            samples: try container.decodeIfPresent(SampleMatching.self, forKey: .samples) ?? .own,
            folds: try container.decode(FoldSettings.self, forKey: .folds),
            probes: try container.decode([ProbeAxes].self, forKey: .probes),
            selection: try container.decode(SelectionSettings.self, forKey: .selection),
            protocol: try container.decode(SelectionProtocol.self, forKey: .protocol),
            shots: try container.decode([Shots?].self, forKey: .shots),
            draws: try container.decodeIfPresent(Int.self, forKey: .draws),
            drawsExtraShots: try container.decodeIfPresent(Bool.self, forKey: .drawsExtraShots) ?? true,
            classWeights: try container.decodeIfPresent(String.self, forKey: .classWeights),
            keepsPredictions: try container.decode(Bool.self, forKey: .keepsPredictions),
            seed: try container.decode(Int.self, forKey: .seed),
            seeds: try container.decodeIfPresent(Int.self, forKey: .seeds) ?? 1,
            controls: try container.decodeIfPresent([SweepControl].self, forKey: .controls) ?? [],
            kernel: try container.decodeIfPresent(String.self, forKey: .kernel),
            attention: try container.decodeIfPresent(AnalysisRequest.self, forKey: .attention),
            source: try container.decode(SpecificationSource.self, forKey: .source))
    }
}

/// The file that a specification was read from, and the line of every field in it.
package struct SpecificationSource: Codable, Hashable, Sendable {
    package var file: String
    /// Field path (`probes[2].queries`) → line, from 1.
    package var lines: [String: Int]

    /// A problem with a field, on the line of the field or of the nearest field around it.
    package func problem(
        _ field: String, _ value: String? = nil, _ reason: String, remedy: String? = nil
    ) -> SpecificationError.Problem {
        var path = Substring(field)
        while lines[String(path)] == nil, let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) {
            path = path[..<end]
        }
        return SpecificationError.Problem(
            file: file, line: lines[String(path)], field: field, value: value, reason: reason, remedy: remedy)
    }
}

/// One task as a user names it.
package struct TaskSelection: Codable, Hashable, Sendable {
    package var name: String
    /// The metric that choices and tables use, nil for the one that the task's manifest names.
    package var metric: String?
    /// What training by gradient minimises, nil for the default of the task's kind.
    package var loss: Loss?
    /// Negatives that are drawn for each positive, group by group; nil for all that there are.
    package var negatives: Int?

    package init(name: String, metric: String? = nil, loss: Loss? = nil, negatives: Int? = nil) {
        self.name = name
        self.metric = metric
        self.loss = loss
        self.negatives = negatives
    }
}

/// Where the choices of a unit are made.
package enum SelectionProtocol: String, Codable, Hashable, Sendable, CaseIterable {
    /// Inside the training fold.
    case inner
    /// On the test fold, as the literature does; every figure so made is optimistic.
    case published
    case both
}

/// What a sweep's probes are compared with.
package enum SweepControl: String, Codable, Hashable, Sendable, CaseIterable {
    /// Every probe on permuted labels.
    case null
    /// What the classes of the training rows alone predict.
    case majority
    /// Every probe with an attention core, its attention frozen at the uniform distribution.
    case uniform
    /// Every probe on level 0 too.
    case raw
    /// Every probe on random labels of the task's types, for tasks that have types.
    case types
    /// Every probe on the features of the same architecture untrained.
    case randomWeights = "random-weights"
}

/// How each task's samples are split for testing.
package struct FoldSettings: Codable, Hashable, Sendable {
    /// `stratified`, `plain`, `grouped` or `predefined`.
    package var scheme: String
    /// k.
    package var count: Int
    /// How many k-fold assignments are made, with seeds seed, seed + 1, and so on.
    package var repeats: Int
    package var seed: Int
}

/// One entry of `probes`: a type, the values of each of its options, and how its heads are trained.
///
/// The product of all option values is taken at planning.
package struct ProbeAxes: Sendable {
    package var type: String
    /// Option → values to take the product of; options that the user left out have their default as only value.
    ///
    /// Widths may still be written relative to the layer, `D/4`.
    package var options: [String: [OptionValue]]
    /// The first that does not refuse a task finds its heads; several where `solver: auto` leaves it open.
    package var methods: [any TrainingMethod]
    /// What tables call this way of training; nil for what distinguishes it from others.
    package var label: String?

    package init(
        type: String, options: [String: [OptionValue]], methods: [any TrainingMethod], label: String? = nil
    ) {
        self.type = type
        self.label = label
        self.options = options
        self.methods = methods
    }

    /// How heads for a task are found; nil where every way refuses it.
    func method(for task: TaskReference, classWeights: String?) -> (any TrainingMethod)? {
        methods.first { $0.refusal(of: task, classWeights: classWeights) == nil }
    }
}
