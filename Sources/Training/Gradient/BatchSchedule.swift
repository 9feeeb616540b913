import Numerics
import Units

/// Which rows of a task each step of each epoch takes: epoch e visits all in the order given by (seed, e), a step takes
/// the next B, and the last incomplete batch is dropped. A task of fewer than B rows has one batch of all.
///
/// Where pairs are compared within groups, an epoch visits the groups in a random order and each group's rows one
/// behind the other: else hardly two rows of a group would meet in a batch. Where only drawn rows are visited (low
/// shots), an epoch has as many steps as one of the whole task. Where a least number of steps is asked for that exceeds
/// those of a round through the rows, an epoch goes through them as often as that takes.
///
/// With `BlockShuffle` an epoch visits blocks of rows that are stored one behind the other in random order, and mixes
/// those of a window of blocks.
struct BatchSchedule: Hashable, Sendable {
    /// n, rows of the task, or those that were drawn.
    let rows: Int
    /// Rows of every batch.
    let size: Int
    let stepsPerEpoch: Int
    let seed: Int
    /// The rows that are visited; nil for all, rising.
    private let drawn: [Int]?
    /// The group of each row of the task; nil where groups need not stay together.
    private let groups: [Int32]?
    private let shuffle: BlockShuffle?

    /// - Parameters:
    ///   - samples: Rows of the task.
    ///   - batch: B.
    ///   - least: The least number of steps of an epoch.
    ///   - drawn: The rows that are visited, rising; nil for all.
    ///   - storage: The place of each row of the task in the layer, by which blocks are made; nil where rows are stored
    ///     in their order.
    init(
        samples: Int, batch: Int, atLeast least: Int = 1, seed: Int, drawn: [Int]? = nil, groups: [Int32]? = nil,
        shuffle: BlockShuffle? = nil, storage: [Int]? = nil
    ) {
        rows = drawn?.count ?? samples
        size = min(batch, rows)
        stepsPerEpoch = max(least, samples / min(batch, samples))
        self.seed = seed
        let isStoredOtherwise = storage.map { zip($0, $0.dropFirst()).contains { $0 > $1 } } ?? false
        if let storage, shuffle != nil, isStoredOtherwise {
            self.drawn = (drawn ?? Array(0..<samples)).sorted { storage[$0] < storage[$1] }
        } else {
            self.drawn = drawn
        }
        self.groups = groups
        self.shuffle = shuffle
    }

    /// How often an epoch goes through the rows.
    var rounds: Double { Double(stepsPerEpoch * size) / Double(rows) }

    func order(ofEpoch epoch: Int) -> EpochOrder {
        let rounds = (stepsPerEpoch * size + rows - 1) / rows
        if rounds == 1, drawn == nil { return round(epoch) }
        return EpochOrder(
            joining: (epoch * rounds..<(epoch + 1) * rounds).map { index in
                let order = round(index)
                return drawn.map { drawn in order.mapped { drawn[$0] } } ?? order
            })
    }

    /// Every row once, by its place among those that are visited.
    private func round(_ index: Int) -> EpochOrder {
        let generator = UnitSeeds.order(seed: seed, epoch: index)
        let members = groups.map { groups in
            Dictionary(grouping: 0..<rows) { groups[drawn?[$0] ?? $0] }.values.sorted { $0[0] < $1[0] }
        }
        if let shuffle {
            return EpochOrder(blocks: shuffle, of: members, count: rows, by: generator) {
                UnitSeeds.window($0, seed: seed, epoch: index)
            }
        }
        return members.map { EpochOrder(shuffling: $0, by: generator) }
            ?? EpochOrder(shuffling: rows, by: generator)
    }

    /// The rows of a step, in an epoch's order.
    func batch(_ step: Int, in order: EpochOrder) -> ArraySlice<Int> {
        order.rows[step * size..<(step + 1) * size]
    }

    /// e at a step: the fractional epoch that learning rates go by.
    func epoch(_ epoch: Int, step: Int) -> Double {
        Double(epoch) + Double(step) / Double(stepsPerEpoch)
    }
}
