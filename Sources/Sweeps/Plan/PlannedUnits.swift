import Identities
import Probes
import Training
import Units

/// The units of one pass, made lazily: the product of each task's folds and heads.
package struct PlannedUnits: RandomAccessCollection, Sendable {
    /// One task over one layer: what all of its units share, and the axes that tell them apart.
    struct Block: Sendable {
        let task: TaskReference
        /// Samples of the task.
        let samples: Int
        let folds: [FoldReference]
        let heads: [Head]
        /// The members of canonical forms that all of its units share.
        let members: UnitMembers
        let foldMembers: [FormMember]

        var count: Int { folds.count * heads.count }
    }

    /// One probe, the way its heads are trained, and on how much of the training fold.
    struct Head: Sendable {
        let probe: ProbeConfiguration
        let solver: Solver
        let shots: Shots?
        let seed: Int
        let control: Control?
        /// The task with other targets; nil for the block's own.
        let relabelled: TaskReference?
        let cost: UnitCost
        /// Of one head on the longest sample; nil where all samples are as long.
        let costOfLongest: ProbeCost?
        let kind: String
        /// Whether training reads the tokens again each epoch, and not only a vector pooled from them once.
        let readsTokensEveryEpoch: Bool
        /// Whether it attends to tokens through the core that all probes share.
        let hasAttentionCore: Bool
        /// Whether its heads have maps that can be read.
        let hasMaps: Bool
        let inputs: Inputs
        let identity: Identity
        /// The members of canonical forms that tell heads apart, encoded once.
        private let members: UnitMembers

        /// What the probe reads beside its layer.
        struct Inputs {
            let earlierLayers: [LayerReference]?
            let weights: WeightsReference?

            init(earlierLayers: [LayerReference], weights: WeightsReference?) {
                self.earlierLayers = earlierLayers.isEmpty ? nil : earlierLayers
                self.weights = weights
            }
        }

        /// What makes two heads of one block equal.
        struct Identity: Hashable {
            let probe: ProbeConfiguration
            let solver: Solver
            var shots: Shots?
            var seed = 0
            var control: Control?
            /// The seed by which targets are permuted, or drawn for each type.
            var permutation: Int?
        }

        init(
            _ fitted: any Probe, _ identity: Identity, _ cost: UnitCost, costOfLongest: ProbeCost?, task: TaskReference,
            inputs: Inputs
        ) {
            let (probe, solver) = (identity.probe, identity.solver)
            self.identity = identity
            self.probe = probe
            self.solver = solver
            self.shots = identity.shots
            self.seed = identity.seed
            self.control = identity.control
            self.relabelled = identity.permutation.map {
                identity.control == .types ? task.labelledByType(seed: $0) : task.permuted(by: $0)
            }
            self.cost = cost
            self.costOfLongest = costOfLongest
            self.kind = ProbeUnit.kind(of: probe.type, solver)
            self.readsTokensEveryEpoch = if case .pooled = fitted.reading { false } else { true }
            self.hasAttentionCore = if case .attention = fitted.reading { true } else { false }
            self.hasMaps = AttentionReader.predictors(of: fitted) != nil
            self.inputs = inputs
            var members = UnitMembers()
            members.encode(probe, as: .probe)
            members.encode(solver, as: .solver)
            members.encode(identity.shots, as: .shots)
            members.encode(identity.seed, as: .seed)
            members.encode(identity.control, as: .control)
            members.encode(relabelled, as: .task)
            members.encode(inputs.earlierLayers, as: .earlierLayers)
            members.encode(inputs.weights, as: .weights)
            self.members = members
        }

        /// Adds its members to those of a block.
        func add(to members: inout UnitMembers) {
            for name in [UnitMembers.Name.probe, .solver, .shots, .seed, .control, .earlierLayers, .weights] {
                members[name] = self.members[name]
            }
            if let task = self.members[.task] { members[.task] = task }
        }
    }

    let layer: LayerReference
    let kernel: String?
    let blocks: [Block]
    /// The index of each block's first unit, and the number of units at the end.
    private let starts: [Int]
    /// Those of the product whose heads are analysed; nil where the units are those of the product themselves.
    private var analysed: Analysed?

    /// Of a product of units, those whose heads are analysed.
    private struct Analysed {
        var positions: [Int]
        var counts: [Axis: Int]
        var path: String
        var regions: String?
    }

    /// A head of a block.
    private struct Axis: Hashable {
        let block: Int
        let head: Int
    }

    init(layer: LayerReference, kernel: String?, blocks: [Block]) {
        self.layer = layer
        self.kernel = kernel
        self.blocks = blocks
        self.starts = blocks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { analysed?.positions.count ?? starts[starts.count - 1] }

    package subscript(position: Int) -> PlannedUnit {
        precondition(indices.contains(position), "A pass of \(endIndex) units has no unit \(position).")
        guard let analysed else { return product(position) }
        return product(analysed.positions[position]).analysed(on: analysed.path, regions: analysed.regions)
    }

    private func product(_ position: Int) -> PlannedUnit {
        let (axis, fold) = place(of: position)
        return blocks[axis.block].unit(fold: fold, head: axis.head, of: self)
    }

    private func place(of position: Int) -> (axis: Axis, fold: Int) {
        let block = (starts.firstIndex { $0 > position } ?? starts.count) - 1
        let (fold, head) = (position - starts[block]).quotientAndRemainder(dividingBy: blocks[block].heads.count)
        return (Axis(block: block, head: head), fold)
    }

    /// What one unit of a head costs.
    func cost(of head: Head) -> UnitCost { analysed == nil ? head.cost : head.cost.withAnalysis }

    /// How many units a head of a block has.
    func count(ofHead head: Int, inBlock block: Int) -> Int {
        guard let analysed else { return blocks[block].folds.count }
        return analysed.counts[Axis(block: block, head: head)] ?? 0
    }

    /// The analyses of these units' heads.
    ///
    /// - Parameters:
    ///   - keys: Of units; nil for all. Those without maps, and controls, are left out either way.
    ///   - path: The kernel path that they were trained on.
    ///   - regions: SHA-256 of the boxes or masks of the feature set.
    func analysing(_ keys: Set<UnitKey>?, on path: String, regions: String?) -> PlannedUnits {
        var units = self
        var found = Analysed(positions: [], counts: [:], path: path, regions: regions)
        for position in 0..<starts[starts.count - 1] {
            let axis = place(of: position).axis
            let head = blocks[axis.block].heads[axis.head]
            guard head.hasMaps, head.control == nil, keys?.contains(product(position).key) ?? true else { continue }
            found.positions.append(position)
            found.counts[axis, default: 0] += 1
        }
        units.analysed = found
        return units
    }
}

extension PlannedUnit {
    fileprivate func analysed(on path: String, regions: String?) -> PlannedUnit {
        let analysis = unit.analysed(on: path, regions: regions)
        return PlannedUnit(
            unit: analysis, canonicalForm: analysis.canonicalForm, cost: cost.withAnalysis,
            costOfLongest: costOfLongest, kind: kind)
    }
}

extension PlannedUnits.Block {
    fileprivate func unit(fold: Int, head: Int, of pass: PlannedUnits) -> PlannedUnit {
        let head = heads[head]
        var members = members
        members[.fold] = foldMembers[fold]
        head.add(to: &members)
        return PlannedUnit(
            unit: ProbeUnit(
                features: pass.layer, task: head.relabelled ?? task, fold: folds[fold], probe: head.probe,
                solver: head.solver, seed: head.seed, kernel: pass.kernel, shots: head.shots,
                earlierLayers: head.inputs.earlierLayers,
                weights: head.inputs.weights, control: head.control),
            canonicalForm: members.form, cost: head.cost, costOfLongest: head.costOfLongest, kind: head.kind)
    }
}

extension PlannedPass {
    /// One unit for each task, probe and amount of shots, that of the first fold, draw and seed: all folds, draws and
    /// seeds of a probe cost the same.
    package var probes: [(unit: PlannedUnit, folds: Int)] {
        units.blocks.enumerated().flatMap { place, block in
            var counts: [PlannedUnits.Head.Identity: Int] = [:]
            for (head, axes) in block.heads.enumerated() {
                counts[axes.identity.withoutDraw, default: 0] += units.count(ofHead: head, inBlock: place)
            }
            return block.heads.indices.compactMap { head in
                counts.removeValue(forKey: block.heads[head].identity.withoutDraw).flatMap {
                    $0 > 0 ? (block.unit(fold: 0, head: head, of: units), $0) : nil
                }
            }
        }
    }
}
