import Identities
import Probes
import Training
package import Units

/// The expansion of a specification over feature sets, and the problems found on the way.
///
/// It goes on after a problem, so that a user sees all of them at once.
struct PlanExpansion {
    let specification: SweepSpecification
    private(set) var problems: [SpecificationError.Problem] = []
    /// What was already reported for each probe entry: the same fault recurs in every layer, and once is enough.
    private var faults: Set<ProbeFault> = []

    private let bounds: SweepBounds
    /// Units that were asked for so far.
    private var requested = 0

    init(_ specification: SweepSpecification, within bounds: SweepBounds) {
        self.specification = specification
        self.bounds = bounds
    }

    mutating func report(_ problem: SpecificationError.Problem) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    mutating func report(_ field: String, _ value: String? = nil, _ reason: String, remedy: String? = nil) {
        report(specification.source.problem(field, value, reason, remedy: remedy))
    }

    mutating func passes(over set: FeatureSetFacts, at index: Int) -> [PlannedPass] {
        let (tasks, swept) = (selectedTasks(of: set), selectedLayers(of: set))
        let mixtures = mixtures(of: set, sweeping: swept.filter { !isAdded($0, to: set) })
        let layers = swept + mixtures.owners.filter { !swept.contains($0) }
        guard admits(saturating(saturating(tasks.count, layers.count), specification.unitsOfLayerAndTask)) else {
            return []
        }
        for task in tasks {
            checkFolds(of: task.facts, in: set)
            checkShots(of: task.facts, in: set)
            checkPredictions(of: task, in: set)
        }
        return layers.map { layer in
            let levels = Levels(mixtures, isSwept: swept.contains(layer))
            return pass(over: layer, of: set) { plan, members in
                tasks.map { plan.block($0, plan.heads(of: $0, layer, levels, in: set), members) }
            }
        }
    }

    /// Whether the sweep may have so many more units, counted before any is made.
    mutating func admits(_ units: Int) -> Bool {
        requested = units > bounds.units ? .max : requested + units
        guard requested > bounds.units else { return true }
        report(
            "probes", nil,
            "ask for " + (units == .max ? "more units than can be counted" : "\(units) units")
                + ", and a sweep may have \(bounds.units).",
            remedy: "Split the sweep, or start the coordinator with a larger --maximum-units.")
        return false
    }

    func block(
        _ task: SelectedTask, _ heads: [PlannedUnits.Head], _ members: UnitMembers
    ) -> PlannedUnits.Block {
        var members = members
        members.encode(task.reference, as: .task)
        let folds = specification.folds.references
        return PlannedUnits.Block(
            task: task.reference, samples: task.facts.samples, folds: folds, heads: heads, members: members,
            foldMembers: folds.map { FormMember(.fold, $0) })
    }

    /// The pass over one layer, with these blocks of units.
    ///
    /// - Parameter blocks: Gets the members that canonical forms of all units share.
    mutating func pass(
        over layer: LayerFacts, of set: FeatureSetFacts,
        _ blocks: (inout PlanExpansion, UnitMembers) -> [PlannedUnits.Block]
    ) -> PlannedPass {
        let reference = set.reference(to: layer)
        var members = UnitMembers()
        members.encode(reference, as: .features)
        members.encode(specification.kernel, as: .kernel)
        members.encode(ProbeUnit.currentProtocolVersion, as: .protocolVersion)
        return PlannedPass(
            layer: reference, title: set.title ?? set.name, facts: layer, folder: set.folder, samples: set.samples,
            randomWeights: set.randomWeights,
            units: PlannedUnits(
                layer: reference, kernel: specification.kernel, blocks: blocks(&self, members)))
    }

    /// The product of every probe entry's axes, without duplicates across entries.
    private mutating func heads(
        of task: SelectedTask, _ layer: LayerFacts, _ levels: Levels, in set: FeatureSetFacts
    ) -> [PlannedUnits.Head] {
        var heads: [PlannedUnits.Head] = []
        var seen: Set<PlannedUnits.Head.Identity> = []
        for (index, entry) in specification.probes.enumerated() {
            guard let axes = levels.axes(of: entry, at: index, on: layer) else { continue }
            guard let method = axes.method(for: task.reference, classWeights: specification.classWeights) else {
                refuse(task, entry: index, axes)
                continue
            }
            let blocks = set.blocks(of: axes, behind: layer)
            for identity in specification.identities(
                of: axes, by: method, width: layer.width, blocks, hasTypes: task.facts.hasTypes ?? false)
            {
                guard seen.insert(identity).inserted else { continue }
                do {
                    let head = try head(identity, task, layer, in: set)
                    heads.append(head)
                    if head.hasAttentionCore, specification.controls.contains(.uniform),
                        specification.isCompared(identity.solver.selection),
                        let uniform = identity.attendingUniformly
                    {
                        heads.append(try self.head(uniform, task, layer, in: set))
                    }
                } catch {
                    // A layer that only a control asks for has the probes that fit it.
                    if !isAdded(layer, to: set) { report(error, entry: index, layer, in: set) }
                }
            }
        }
        guard levels.isSwept else { return heads }
        let priors = specification.priors(hasPatches: layer.tokens.upperBound > 0)
        return heads + priors.compactMap { try? head($0, task, layer, in: set) }
    }

    func head(
        _ identity: PlannedUnits.Head.Identity, _ task: SelectedTask, _ layer: LayerFacts, in set: FeatureSetFacts
    ) throws(ProbeError) -> PlannedUnits.Head {
        let sizes = FoldSizes(
            samples: task.facts.samples, count: specification.folds.isPredefined ? 1 : specification.folds.count,
            selection: identity.solver.selection, shots: identity.shots, classes: task.facts.classes)
        var shape = ProbeShape(
            width: layer.width, tokens: layer.tokens, classes: task.reference.outputs,
            hasClassToken: layer.hasClassToken, trainingSamples: Int(sizes.tested(identity.solver.selection)))
        shape.meanTokens = layer.roundedMeanTokens
        let (earlier, weights) = (set.layers(before: layer), try set.weights(of: identity.probe))
        shape.surroundings = ProbeSurroundings(
            layer: layer.index, earlierLayers: earlier.count, hasFinalNorm: layer.finalNorm ?? false,
            registers: layer.registers ?? 0, weights: weights?.shapes)
        shape.surroundings?.weightsMetadata = weights?.metadata ?? [:]
        let probe = try ProbeCatalog.probe(identity.probe, shape: shape)
        let mixed = identity.probe.mixedLevels.map { set.layers(mixedWith: layer, $0) }
        let inputs = PlannedUnits.Head.Inputs(
            earlierLayers: mixed ?? Array(earlier.prefix(probe.earlierLayers)), weights: weights?.reference)
        let cost = UnitCost(
            probe, identity.solver, sizes, samples: task.facts.samples, shots: identity.shots,
            tokens: TokenFacts(layer, samples: set.samples, areComputed: identity.probe.tokenSource != nil))
        shape.meanTokens = nil
        let longest = layer.hasUnlikeLengths ? try ProbeCatalog.probe(identity.probe, shape: shape).cost : nil
        return PlannedUnits.Head(probe, identity, cost, costOfLongest: longest, task: task.reference, inputs: inputs)
    }

    private mutating func refuse(_ task: SelectedTask, entry: Int, _ axes: ProbeAxes) {
        let method = axes.methods[0]
        let reason = method.refusal(of: task.reference, classWeights: specification.classWeights) ?? "is refused"
        report(
            "probes[\(entry)].solver", type(of: method).solverName,
            "\(reason): task \(task.facts.name) is of kind \(task.facts.kind).",
            remedy: "Train this probe by gradient, or leave the task out.")
    }

    private struct ProbeFault: Hashable {
        let entry: Int
        let error: ProbeError
    }

    private mutating func report(_ error: ProbeError, entry: Int, _ layer: LayerFacts, in set: FeatureSetFacts) {
        guard faults.insert(ProbeFault(entry: entry, error: error)).inserted else { return }
        let field = "probes[\(entry)]" + (error.option.map { ".\($0)" } ?? "")
        report(
            field, error.probe, "does not fit layer \(layer.index) of \(set.name): \(error.problem).",
            remedy: error.remedy.prefix(1).uppercased() + error.remedy.dropFirst() + ".")
    }
}

extension FeatureSetFacts {
    /// The layers before one, the nearest first.
    fileprivate func layers(before layer: LayerFacts) -> [LayerReference] {
        let before = layers.filter { $0.index < layer.index }.sorted { $0.index > $1.index }
        // Layers of another width do not fit beside this one's in the same number of columns.
        return before.prefix { $0.width == layer.width }.map(reference)
    }

    /// The other levels of a mixture, the nearest first.
    fileprivate func layers(mixedWith layer: LayerFacts, _ levels: [Int]) -> [LayerReference] {
        layers.filter { $0.index != layer.index && levels.contains($0.index) }.sorted { $0.index > $1.index }
            .map(reference)
    }

    /// A layer of the set, as units name it.
    package func reference(to layer: LayerFacts) -> LayerReference {
        LayerReference(
            set: name, digest: layer.digest, layer: layer.index, width: layer.width, tokens: layer.tokens.upperBound)
    }

    /// The blocks that follow a layer, for each file of weights that an entry may name.
    func blocks(of axes: ProbeAxes, behind layer: LayerFacts) -> [String: FollowingBlocks] {
        guard ProbeVocabulary.options(of: axes.type).contains(where: { $0.kind == .blocks }) else { return [:] }
        return Dictionary(
            (weights ?? []).map { ($0.reference.name, FollowingBlocks($0.backbone, layer: layer.index)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The tensors that a probe names, nil for one that names none.
    fileprivate func weights(of probe: ProbeConfiguration) throws(ProbeError) -> WeightsFacts? {
        guard let option = ProbeCatalog.weightsOption(of: probe.type), let name = probe.options[option] else {
            return nil
        }
        if let found = weights?.first(where: { $0.reference.name == name.description }) { return found }
        throw ProbeError(
            probe: probe.type, option: option, problem: "there is no file weights/\(name).safetensors in \(folder)",
            remedy: "put it there; docs/formats.md says what is in it")
    }
}

extension TokenFacts {
    /// Two-byte numbers are assumed to be bfloat16.
    ///
    /// - Parameter areComputed: Whether the probe reads tokens that are computed of the layer's, in single precision.
    fileprivate init(_ layer: LayerFacts, samples: Int, areComputed: Bool) {
        let mean = layer.meanTokens ?? Double(layer.tokens.upperBound)
        let numbers = Double(samples) * (mean + (layer.hasClassToken ? 1 : 0)) * Double(layer.width)
        self.init(mean: mean, arePaired: !areComputed && Double(layer.bytes) < 3 * numbers)
    }
}

extension ProbeAxes {
    /// Every combination of option values, the last option varying fastest; widths relative to D become numbers.
    ///
    /// - Parameter blocks: Blocks that follow the layer, by the name of the weights that they are in.
    func configurations(width: Int, _ blocks: [String: FollowingBlocks] = [:]) -> [ProbeConfiguration] {
        let bare = [ProbeConfiguration(type: type)]
        let configurations = ProbeVocabulary.options(of: type).reduce(bare) { partial, option in
            let values = (options[option.name] ?? [option.defaultValue]).map { value in
                option.kind == .width ? value.resolved(width: width) : value
            }
            return partial.flatMap { configuration in
                values.map { value in
                    var extended = configuration
                    if !option.isLeftOutAtDefault || value != option.defaultValue {
                        extended.options[option.name] = value
                    }
                    return extended
                }
            }
        }
        return configurations.map { $0.resolved(blocks) }
    }
}

extension ProbeConfiguration {
    /// What is left to the backbone's weights as they say it.
    fileprivate func resolved(_ blocks: [String: FollowingBlocks]) -> ProbeConfiguration {
        guard let weights = ProbeCatalog.weightsOption(of: type).flatMap({ options[$0] }) else { return self }
        return blocks[weights.description]?.resolve(self) ?? self
    }
}

extension OptionValue {
    /// `D` and `D/n` as a number; unchanged if n does not divide D, for the probe to refuse.
    func resolved(width: Int) -> OptionValue {
        guard case .text(let text) = self else { return self }
        if text == "D" { return .integer(width) }
        guard let divisor = Int(text.dropFirst(2)), divisor > 0, width % divisor == 0 else { return self }
        return .integer(width / divisor)
    }
}

extension FoldSettings {
    var isPredefined: Bool { scheme == "predefined" }

    /// All folds of all repeats. A predefined split is one fold, which neither a seed nor a repeat can change.
    var references: [FoldReference] {
        if isPredefined { return [FoldReference(scheme: scheme, count: 1, seed: 0, repetition: 0, heldOut: 0)] }
        return (0..<repeats).flatMap { repetition in
            (0..<count).map {
                FoldReference(
                    scheme: scheme, count: count, seed: seed + repetition, repetition: repetition, heldOut: $0)
            }
        }
    }
}
