import Identities
import Probes
import Units

/// The cells of one row of a table, in any order.
struct RowCells: Sendable {
    /// One unit of the row's cells: everything but the fold, the draw and the seed is the same in all of them.
    var unit: ProbeUnit
    /// T, the mean over samples, which costs are computed of; nil for that of the longest sample.
    var meanTokens: Int?
    /// Whether the sweep has the row as the control `raw` alone.
    var isRaw = false
    var names = RowNames()
    var cells: [Cell] = []

    /// Takes the unit of the smallest seed, whatever the order of the cells: the rows of untrained features have several
    /// sets.
    mutating func take(_ other: ProbeUnit) {
        if other.seed < unit.seed { unit = other }
    }

    struct Cell: Sendable {
        var fold: SharedFold
        /// 0 where there are no draws.
        var draw: Int32
        var seed: Int
        var key: UnitKey
        var result: FoldResult?
        var reasonMissing: String?
    }
}

/// A fold, shared by all rows that were scored on it.
final class SharedFold: Hashable, Sendable {
    let reference: FoldReference

    init(_ reference: FoldReference) { self.reference = reference }

    static func == (first: SharedFold, second: SharedFold) -> Bool {
        first === second || first.reference == second.reference
    }

    func hash(into hasher: inout Hasher) { hasher.combine(reference) }
}

extension [RowCells] {
    /// Groups cells by row.
    init(_ cells: [ResultCell], fields: ResultFields = .all) {
        self.init()
        var places: [RowIdentity: Int] = [:]
        var folds: [FoldReference: SharedFold] = [:]
        for cell in cells {
            let identity = RowIdentity(cell.unit)
            let place = places[identity] ?? count
            if place == count {
                places[identity] = place
                append(RowCells(unit: cell.unit))
            }
            self[place].take(cell.unit)
            let fold = folds[cell.unit.fold] ?? SharedFold(cell.unit.fold)
            folds[cell.unit.fold] = fold
            self[place].cells.append(
                RowCells.Cell(
                    fold: fold, draw: Int32(clamping: cell.unit.shots?.draw ?? 0), seed: cell.unit.seed,
                    key: cell.key,
                    result: cell.result.map { FoldResult($0, metric: cell.unit.task.metric, fields: fields) },
                    reasonMissing: cell.reasonMissing))
        }
    }
}

/// What the units of one row share: everything but the fold, the draw and the seed.
struct RowIdentity: Hashable {
    let features: LayerReference
    let task: TaskReference
    let probe: ProbeConfiguration
    let solver: Solver
    let kernel: String?
    let shots: Shots?
    let control: Control?

    init(_ unit: ProbeUnit) {
        var layer = unit.features
        // One row for all sets of random weights.
        if unit.control == .randomWeights { layer.digest = "" }
        features = layer
        task = unit.task
        probe = unit.probe
        solver = unit.solver
        kernel = unit.kernel
        shots = unit.shots?.numbered(0)
        control = unit.control
    }

    /// Hashes the members in which most rows differ; hashing a whole solver for every cell is slow.
    func hash(into hasher: inout Hasher) {
        hasher.combine(probe)
        hasher.combine(features.layer)
        hasher.combine(task.name)
    }
}
