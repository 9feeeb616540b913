import Foundation
import Identities
import Ledger
import Sweeps
import Synchronization
import Units

/// Reads the pages of one sweep into cells, on any thread.
final class PageReader: Sendable {
    /// What cells of one page have in common that differ only in the fold.
    struct Group: Sendable {
        var unit: UnitEntry
        var cells: [RowCells.Cell]
    }

    private let sweep: SweepID
    private let samples: SampleCounts
    private let names: SweepNames
    private let fields: ResultFields
    private let metric: String?
    private let units = Mutex(UnitIndex())
    private let found = Mutex<[UnreadableResult]>([])
    private let repeated: String

    /// Results of the pages so far that cannot be used.
    var unreadable: [UnreadableResult] { found.withLock { $0 } }

    /// - Parameters:
    ///   - facts: the sweep's.
    ///   - metric: whose values are the scores, instead of every task's own.
    ///   - repeated: the ledger's.
    init(of sweep: SweepHeader, facts: SweepFacts?, fields: ResultFields, metric: String?, repeated: String) {
        self.sweep = sweep.id
        self.repeated = repeated
        self.fields = fields
        self.metric = metric
        (samples, names) = (SampleCounts(facts: facts), SweepNames(facts: facts))
    }

    /// The cells of a page, those of one row together.
    func read(_ page: SweepPage) throws -> [Group] {
        var groups = PageGroups(page, folds: try folds(in: page))
        var results = ResultReader(fields)
        try page.payloads.withUnsafeBytes { payloads in
            try page.keys.withUnsafeBytes { keys in
                var start = 0
                for place in 0..<page.count {
                    let end = Int(page.payloadEnds[place])
                    let fold = try groups.find(place) { try entry($0, $1, page) }
                    let payload = start < end ? UnsafeRawBufferPointer(rebasing: payloads[start..<end]) : nil
                    groups.add(
                        cell(
                            Self.key(keys, place), payload, page.quarantine[place], in: groups.current, fold.fold,
                            &results))
                    start = end
                }
            }
        }
        return groups.groups
    }

    private func cell(
        _ key: UnitKey, _ payload: UnsafeRawBufferPointer?, _ quarantine: String?, in unit: UnitEntry,
        _ fold: SharedFold, _ results: inout ResultReader
    ) -> RowCells.Cell {
        var cell = RowCells.Cell(
            fold: fold, draw: unit.draw, seed: unit.unit.seed, key: key, result: nil, reasonMissing: quarantine)
        guard let payload else { return cell }
        let own = unit.unit.task.metric
        switch results.read(payload, of: key, metric: metric ?? own, samples: unit.samples) {
        case .success(var result):
            if let metric, metric != own { result.finding = result.finding.leavingOutScores }
            cell.result = result
        case .failure(let invalid):
            let result = UnreadableResult(key: key, sweep: sweep, problem: invalid.problem, repeated: repeated)
            cell.reasonMissing = result.finding
            found.withLock { $0.append(result) }
        }
        return cell
    }

    // MARK: Forms

    private func folds(in page: SweepPage) throws -> [Int64: PageFold] {
        var folds: [Int64: PageFold] = [:]
        for (number, member) in page.members where member.isNamed("fold") {
            folds[number] = PageFold(number: number, fold: try units.withLock { try $0.fold(number, member) })
        }
        return folds
    }

    private func entry(_ numbers: [Int64], _ fold: PageFold, _ page: SweepPage) throws -> UnitEntry {
        try units.withLock { units in
            if let entry = units.entries[numbers] { return entry }
            let members = try numbers.map { number in
                guard let member = page.members[number] else { throw PageError(position: page.first) }
                return member
            }
            guard let foldMember = page.members[fold.number] else { throw PageError(position: page.first) }
            let unit = try units.decoder.decode(CanonicalForm(members + [foldMember]))
            let entry = UnitEntry(
                unit, samples: samples.samples(ofLayer: unit.features.digest),
                meanTokens: samples.meanTokens(ofLayer: unit.features.digest),
                isRaw: samples.isRaw(layer: unit.features.digest),
                names: names.names(of: unit, settings: names.hasLabels ? units.form(of: unit.solver) : ""))
            units.entries[numbers] = entry
            return entry
        }
    }

    private static func key(_ keys: UnsafeRawBufferPointer, _ cell: Int) -> UnitKey {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: keys.loadUnaligned(fromByteOffset: 32 * cell + 8 * index, as: UInt64.self))
        }
        return UnitKey(words: word(0), word(1), word(2), word(3))
    }
}

/// The groups of one page in the making.
private struct PageGroups {
    private(set) var groups: [PageReader.Group] = []
    private let page: SweepPage
    private let folds: [Int64: PageFold]
    private var places: [[Int64]: Int] = [:]
    private var place = 0
    // Consecutive cells are often of one row.
    private var numbers: [Int64] = []
    private var previous: [Int64] = []

    init(_ page: SweepPage, folds: [Int64: PageFold]) {
        self.page = page
        self.folds = folds
    }

    /// The unit of the cell that was found last.
    var current: UnitEntry { groups[place].unit }

    /// Finds the group of a cell, and returns the cell's fold.
    ///
    /// - Parameter entry: makes the unit of a new group, from the numbers of its form without the fold's, and a fold.
    mutating func find(_ cell: Int, _ entry: ([Int64], PageFold) throws -> UnitEntry) throws -> PageFold {
        guard page.form(cell).withUnsafeBytes({ CompactForm.decode($0, into: &numbers) }),
            let index = numbers.firstIndex(where: { folds[$0] != nil }), let fold = folds[numbers[index]]
        else { throw PageError(position: page.first + cell) }
        numbers.remove(at: index)
        if numbers == previous, !groups.isEmpty { return fold }
        place = places[numbers] ?? groups.count
        if place == groups.count {
            places[numbers] = place
            groups.append(PageReader.Group(unit: try entry(numbers, fold), cells: []))
        }
        swap(&numbers, &previous)
        return fold
    }

    /// Adds a cell to the group that was found last.
    mutating func add(_ cell: RowCells.Cell) { groups[place].cells.append(cell) }
}

/// A fold that cells of a page have.
private struct PageFold {
    /// Of its member.
    let number: Int64
    let fold: SharedFold
}

/// A unit without its fold, shared by the cells of all folds.
final class UnitEntry: Sendable {
    /// With any fold.
    let unit: ProbeUnit
    /// 0 where there are no draws.
    let draw: Int32
    /// Of the feature set, nil where that is not known.
    let samples: Int?
    /// T, the mean over samples, nil where that is not known.
    let meanTokens: Int?
    /// Whether its layer is read for the control `raw` alone.
    let isRaw: Bool
    let names: RowNames

    init(_ unit: ProbeUnit, samples: Int?, meanTokens: Int?, isRaw: Bool, names: RowNames) {
        self.names = names
        self.unit = unit
        draw = Int32(clamping: unit.shots?.draw ?? 0)
        self.samples = samples
        self.meanTokens = meanTokens
        self.isRaw = isRaw
    }
}

/// Units that were decoded, by the numbers of their members.
private struct UnitIndex {
    var decoder = UnitDecoder()
    var entries: [[Int64]: UnitEntry] = [:]
    private var folds: [Int64: SharedFold] = [:]
    private var forms: [Solver: String] = [:]

    /// The form of a solver's settings, which many units share.
    mutating func form(of solver: Solver) -> String {
        if let form = forms[solver] { return form }
        let form = TrainingLabel.form(of: solver.settings)
        forms[solver] = form
        return form
    }

    mutating func fold(_ number: Int64, _ member: FormMember) throws -> SharedFold {
        if let fold = folds[number] { return fold }
        let fold = SharedFold(try decoder.fold(member))
        folds[number] = fold
        return fold
    }
}

/// A page that does not fit together.
struct PageError: Error, CustomStringConvertible {
    let position: Int

    var description: String {
        "the ledger's cell \(position) has a form that cannot be read. Check the disk, and restore the ledger from a backup."
    }
}
