import Features
import Numerics
import Probes
import Units

/// Ridge units on the same rows, targets and vectors: all folds and penalties from one reading of each row.
///
/// The sums of a training fold are those of the other folds in their order, and the sums of an inner split those of its
/// fold less the rows that are held back. Both are functions of a unit's key, whatever else is in the group.
struct RidgeGroup {
    private(set) var units: [RidgeUnit] = []

    static func groups(of units: [RidgeUnit]) -> [RidgeGroup] {
        var groups: [RidgeGroup] = []
        for unit in units {
            let place = groups.firstIndex { $0.units[0].isSummed(like: unit) }
            if place == nil { groups.append(RidgeGroup()) }
            groups[place ?? groups.count - 1].units.append(unit)
        }
        return groups
    }

    func run(_ context: PassContext) {
        guard let pooled = context.pooled, let first = units.first else { return }
        let prepared = first.prepared
        let samples = RidgeSamples(
            prepared.task, prepared.unit.task.trainingLoss,
            VectorReader(pooled, first.input.gathered, nil, on: context.path), on: context.path)
        var start = ContinuousClock.now
        let parts = parts(samples, context)
        let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(units.count)
        // One unit a thread at a time; fewer where memory is short.
        let largest = units.map(\.bytes).max() ?? 0
        let side = max(1, min(context.threads.threads, (context.freeMemory - first.sharedBytes) / max(largest, 1)))
        for first in stride(from: 0, to: units.count, by: side) {
            start = .now
            let wave = units[first..<min(first + side, units.count)].filter {
                !context.observer.isCancelled($0.prepared.key)
            }
            let results = SlotArray<TrainingOutcome>(count: wave.count)
            let solve = { @Sendable (index: Int) in
                results[index] = RidgeSolution(wave[index], samples, parts, pooled, context).outcome(
                    sharedSeconds: seconds)
            }
            if wave.count == 1 {
                context.threads.sharingProducts { solve(0) }
            } else {
                context.threads.forEach(wave.count, solve)
            }
            for (index, unit) in wave.enumerated() {
                if let outcome = results[index] { context.observer.finished(outcome) }
                context.progress.advance(by: unit.work)
            }
        }
    }

    /// The sums of every fold of the assignment; nil where units train on less than their folds.
    private func parts(_ samples: RidgeSamples, _ context: PassContext) -> [CrossProducts]? {
        guard let key = units.first?.parts,
            units.contains(where: { !context.observer.isCancelled($0.prepared.key) }),
            let task = units.first?.prepared.task,
            let assignment = try? FoldAssignment.make(
                scheme: key.scheme, count: key.count, seed: key.seed, for: task)
        else { return nil }
        return context.threads.sharingProducts {
            (0..<key.count).map { samples.sums(assignment.testRows(heldOut: $0)) }
        }
    }
}

extension RidgeUnit {
    /// Whether both have the same folds, and sums over the same rows are the same numbers.
    fileprivate func isSummed(like other: RidgeUnit) -> Bool {
        let (task, otherTask) = (prepared.unit.task, other.prepared.unit.task)
        return task.nameInPass == otherTask.nameInPass && task.sampling == otherTask.sampling
            && task.permutation == otherTask.permutation && task.isLabelledByType == otherTask.isLabelledByType
            && input == other.input
            && task.trainingLoss == otherTask.trainingLoss && parts == other.parts
    }
}
