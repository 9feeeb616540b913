import Units

/// The rows of several sweeps, whatever their order: a unit that several have once.
///
/// Rows over unlike folds stay apart, since their means cannot be taken together.
struct MergedRows {
    private var rows: [RowCells] = []
    private var places: [Identity: Int] = [:]
    /// What the last sweep calls each feature set.
    private var titles: [String: String] = [:]

    private struct Identity: Hashable {
        let row: RowIdentity
        /// Of the first repeat; nil for a row without cells.
        let folds: FoldReference?

        init(_ row: RowCells) {
            self.row = RowIdentity(row.unit)
            folds = row.cells.first.map { $0.fold.reference.first }
        }
    }

    mutating func add(_ sweep: [RowCells]) {
        for row in sweep {
            titles[row.unit.features.set] = row.names.features
            let identity = Identity(row)
            guard let place = places[identity] else {
                places[identity] = rows.count
                rows.append(row)
                continue
            }
            rows[place].merge(row)
        }
    }

    /// The rows with the names of their feature sets; two sets of one task have their own where they would share one.
    ///
    /// They are handed over, since each table frees the cells that it has read.
    mutating func takeRows() -> [RowCells] {
        var sets: [Name: Set<String>] = [:]
        for row in rows { sets[name(of: row), default: []].insert(row.unit.features.set) }
        let shared = sets.values.filter { $0.count > 1 }.reduce(into: Set<String>()) { $0.formUnion($1) }
        for index in rows.indices {
            let set = rows[index].unit.features.set
            rows[index].names.features = shared.contains(set) ? nil : titles[set]
        }
        defer { rows = [] }
        return rows
    }

    /// What a task calls a feature set.
    private struct Name: Hashable {
        let block: BlockIdentity
        let title: String
    }

    private func name(of row: RowCells) -> Name {
        let set = row.unit.features.set
        return Name(block: BlockIdentity(row.unit.task), title: titles[set] ?? set)
    }
}

extension RowCells {
    /// Takes the cells of another sweep's row that this one lacks, and those with a result where its own have none.
    fileprivate mutating func merge(_ other: RowCells) {
        take(other.unit)
        isRaw = isRaw && other.isRaw
        names = other.names
        meanTokens = meanTokens ?? other.meanTokens
        var places = Dictionary(zip(cells.map(\.key), cells.indices), uniquingKeysWith: { first, _ in first })
        for cell in other.cells {
            if let place = places[cell.key] {
                if cells[place].result == nil, cell.result != nil { cells[place] = cell }
            } else {
                places[cell.key] = cells.count
                cells.append(cell)
            }
        }
    }
}

extension FoldReference {
    /// Fold 0 of the first repeat.
    fileprivate var first: FoldReference {
        FoldReference(scheme: scheme, count: count, seed: seed - repetition, repetition: 0, heldOut: 0)
    }
}
