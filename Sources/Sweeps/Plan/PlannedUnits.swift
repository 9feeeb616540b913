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

    init(layer: LayerReference, kernel: String?, blocks: [Block]) {
        self.layer = layer
        self.kernel = kernel
        self.blocks = blocks
        self.starts = blocks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { starts[starts.count - 1] }

    package subscript(position: Int) -> PlannedUnit {
        precondition(indices.contains(position), "A pass of \(endIndex) units has no unit \(position).")
        let place = (starts.firstIndex { $0 > position } ?? starts.count) - 1
        let block = blocks[place]
        let (fold, head) = (position - starts[place]).quotientAndRemainder(dividingBy: block.heads.count)
        return block.unit(fold: fold, head: head, of: self)
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
        units.blocks.flatMap { block in
            var counts: [PlannedUnits.Head.Identity: Int] = [:]
            for head in block.heads { counts[head.identity.withoutDraw, default: 0] += block.folds.count }
            return block.heads.indices.compactMap { head in
                counts.removeValue(forKey: block.heads[head].identity.withoutDraw).map {
                    (block.unit(fold: 0, head: head, of: units), $0)
                }
            }
        }
    }
}
