package import Probes
package import Units

/// What one unit costs, before it is trained.
package struct UnitCost: Hashable, Sendable {
    /// Of one head: parameters, and MACs per sample in the literature's order and as executed.
    package var probe: ProbeCost
    /// Multiply–accumulates of training, choosing and testing, all candidates and epochs.
    package var trainingMACs: Double
    /// The operations that a `CostModel` predicts seconds from.
    package var work: UnitWork
    /// Those of the analysis of its head, on top.
    package var analysis: UnitWork
}

/// How many of a task's samples a unit trains on, chooses on and tests on, in expectation.
package struct FoldSizes {
    /// Of the inner split.
    package let training: Double
    package let validation: Double
    package let test: Double

    /// The samples that a refit trains on.
    package var fold: Double { training + validation }

    /// The samples that the tested head was trained on.
    package func tested(_ selection: SelectionSettings) -> Double { selection.trainsAgain ? fold : training }

    /// - Parameters:
    ///   - count: k, 1 for a predefined split, whose halves are then taken to be of equal size.
    ///   - shots: nil for the whole training fold.
    package init(samples: Int, count: Int, selection: SelectionSettings, shots: Shots? = nil, classes: Int = 1) {
        test = Double(samples) / Double(max(2, count))
        let fold = Double(samples) - test
        let drawn = shots?.perClass.map { Double($0 * classes) } ?? fold * (shots?.share ?? 1)
        let part = min(fold, drawn)
        let isWhole = selection.protocol == "published" || selection.isOptimistic && selection.testsWholeFold
        let heldBack = isWhole ? 0 : selection.folds.map { 1 / Double($0) } ?? selection.fraction
        if let perClass = shots?.perClass, shots?.validation != nil, !isWhole {
            training = part
            validation = min(fold, Double(min(perClass, Shots.mostExtra) * classes))
        } else {
            training = part * (1 - heldBack)
            validation = selection.isOptimistic ? test : part * heldBack
        }
    }
}

extension UnitCost {
    /// What the method takes to train and to choose, and forward over the test rows.
    ///
    /// - Parameters:
    ///   - samples: Of the task.
    package init(
        _ fitted: any Probe, _ solver: Solver, _ sizes: FoldSizes, samples: Int, shots: Shots?, tokens: TokenFacts
    ) {
        probe = fitted.cost
        let unit = CostInputs(
            probe: fitted, selection: solver.selection, sizes: sizes, samples: samples, shots: shots, tokens: tokens)
        work = UnitWork(of: unit, solver)
        trainingMACs = sizes.test * unit.forward + solver.method.trainingMACs(of: unit, work)
        work.countPreparation(unit)
        analysis = UnitWork(analysing: unit)
    }
}

/// What one pass costs.
package struct PassCost: Hashable, Sendable {
    package var units: Int
    /// Trainable parameters of all heads that come out of it, one for each unit.
    package var parameters: Int
    package var trainingMACs: Double
    /// Of all units, and the memory in which their heads take turns.
    package var work: UnitWork
    /// Tokens read from memory: once for all pooled vectors, and once an epoch for each stream of attentive probes.
    package var bytes: Double

    package init(units: Int, parameters: Int, trainingMACs: Double, work: UnitWork, bytes: Double) {
        self.units = units
        self.parameters = parameters
        self.trainingMACs = trainingMACs
        self.work = work
        self.bytes = bytes
    }

    /// Seconds of the pass on a machine; reading and computing are taken not to overlap.
    package func seconds(on machine: CostModel) -> Double {
        machine.seconds(work) + bytes / machine.reading
    }
}
