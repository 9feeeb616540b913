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
        let cost: UnitCost
        /// Of one head on the longest sample; nil where all samples are as long.
        let costOfLongest: ProbeCost?
        let kind: String
        /// Whether training reads the tokens again each epoch, and not only a vector pooled from them once.
        let readsTokensEveryEpoch: Bool
        let inputs: Inputs
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
            let shots: Shots?
        }

        init(
            _ fitted: any Probe, _ identity: Identity, _ cost: UnitCost, costOfLongest: ProbeCost?, inputs: Inputs
        ) {
            let (probe, solver) = (identity.probe, identity.solver)
            self.probe = probe
            self.solver = solver
            self.shots = identity.shots
            self.cost = cost
            self.costOfLongest = costOfLongest
            self.kind = ProbeUnit.kind(of: probe.type, solver)
            self.readsTokensEveryEpoch = if case .pooled = fitted.reading { false } else { true }
            self.inputs = inputs
            var members = UnitMembers()
            members.encode(probe, as: .probe)
            members.encode(solver, as: .solver)
            members.encode(identity.shots, as: .shots)
            members.encode(inputs.earlierLayers, as: .earlierLayers)
            members.encode(inputs.weights, as: .weights)
            self.members = members
        }

        /// Adds its members to those of a block.
        func add(to members: inout UnitMembers) {
            for name in [UnitMembers.Name.probe, .solver, .shots, .earlierLayers, .weights] {
                members[name] = self.members[name]
            }
        }
    }

    let layer: LayerReference
    let seed: Int
    let kernel: String?
    let blocks: [Block]
    /// The index of each block's first unit, and the number of units at the end.
    private let starts: [Int]

    init(layer: LayerReference, seed: Int, kernel: String?, blocks: [Block]) {
        self.layer = layer
        self.seed = seed
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
                features: pass.layer, task: task, fold: folds[fold], probe: head.probe, solver: head.solver,
                seed: pass.seed, kernel: pass.kernel, shots: head.shots, earlierLayers: head.inputs.earlierLayers,
                weights: head.inputs.weights),
            canonicalForm: members.form, cost: head.cost, costOfLongest: head.costOfLongest, kind: head.kind)
    }
}

extension PlannedPass {
    /// One unit for each task, probe and number of shots, that of the first fold and draw: all folds and draws of a
    /// probe cost the same.
    package var probes: [(unit: PlannedUnit, folds: Int)] {
        units.blocks.flatMap { block in
            let draws = (block.heads.map { $0.shots?.draw ?? 0 }.max() ?? 0) + 1
            return block.heads.indices.filter { (block.heads[$0].shots?.draw ?? 0) == 0 }.map { head in
                let count = block.folds.count * (block.heads[head].shots == nil ? 1 : draws)
                return (block.unit(fold: 0, head: head, of: units), count)
            }
        }
    }
}
