import Features
package import Training
package import Units

/// The rows of one fold of a plan, for one way of choosing and one amount of training rows.
package struct PlannedRows: Codable, Hashable, Sendable {
    /// What the plan calls the feature set.
    package let set: String
    package let task: String
    package let fold: FoldReference
    package let selection: SelectionSettings
    package let shots: Shots?
    package let rows: RowCounts

    package init(
        set: String, task: String, fold: FoldReference, selection: SelectionSettings, shots: Shots?, rows: RowCounts
    ) {
        self.set = set
        self.task = task
        self.fold = fold
        self.selection = selection
        self.shots = shots
        self.rows = rows
    }

    /// What to know of a fold that cannot keep its share; nil if it does.
    package var warning: String? {
        guard shots == nil, rows.missesShare(of: selection) else { return nil }
        let (training, validation) = (rows.training[0], rows.validation[0])
        return "task \(task) of \(set), repeat \(fold.repetition), fold \(fold.heldOut): \(validation) of "
            + "\(training + validation) rows are held back to choose by, where fraction \(selection.fraction) asks for "
            + "\(Int((selection.fraction * Double(training + validation)).rounded())), and \(training) are left to train "
            + "on. Its groups do not divide so; cut large groups up, take another fraction, or "
            + "selection: {method: folds}."
    }
}

extension Plan {
    /// The rows of every fold, tasks in the order of the plan, the first draw of each number of shots.
    ///
    /// - Throws: `FeatureError` for a task that can no longer be read, `TrainingError` for a fold without rows to train
    ///   or test on.
    package func rowsOfFolds() throws -> [PlannedRows] {
        var found: [PlannedRows] = []
        var seen: Set<TaskKey> = []
        var locator = FeatureLocator(roots: [])
        for pass in passes {
            let set = try FeatureSet.open(pass.folder)
            // Untrained sets bear the name of the trained one and have its tasks.
            for block in pass.units.blocks where seen.insert(TaskKey(set: pass.layer.set, task: block.task)).inserted {
                let task = try rows(of: block.task, in: set, &locator)
                for way in block.waysOfChoosing {
                    for fold in block.folds {
                        found.append(
                            PlannedRows(
                                set: pass.title, task: block.task.name, fold: fold, selection: way.selection,
                                shots: way.shots,
                                rows: try RowCounts(
                                    task: task, fold: fold, selection: way.selection, shots: way.shots)))
                    }
                }
            }
        }
        return found
    }

    private struct TaskKey: Hashable {
        let set: String
        let task: TaskReference
    }

    private func rows(
        of reference: TaskReference, in set: FeatureSet, _ locator: inout FeatureLocator
    ) throws -> FeatureTask {
        let task = try locator.task(reference, of: set, hints: passes.map(\.folder))
        guard let sampling = reference.sampling else { return task }
        return task.sampled(negatives: sampling.negatives, seed: sampling.seed) ?? task
    }
}

extension PlannedUnits.Block {
    fileprivate struct WayOfChoosing: Hashable {
        let selection: SelectionSettings
        let shots: Shots?
    }

    /// In the order of the heads, methods left out that train on nothing.
    fileprivate var waysOfChoosing: [WayOfChoosing] {
        var ways: [WayOfChoosing] = []
        for head in heads where type(of: head.solver.method).usesTrainingRows && (head.shots?.draw ?? 0) == 0 {
            let way = WayOfChoosing(selection: head.solver.selection, shots: head.shots)
            if !ways.contains(way) { ways.append(way) }
        }
        return ways
    }
}
