import Foundation
import Identities
import Ledger
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
    private let fields: ResultFields
    private let metric: String?
    private let units = Mutex(UnitIndex())

    /// - Parameter metric: whose values are the scores, instead of every task's own.
    init(of sweep: SweepHeader, in ledger: some SweepReader, fields: ResultFields, metric: String?) throws {
        self.sweep = sweep.id
        self.fields = fields
        self.metric = metric
        samples = SampleCounts(facts: try ledger.facts(of: sweep.id))
    }

    /// The cells of a page, those of one row together.
    func read(_ page: SweepPage) throws -> [Group] {
        var groups: [Group] = []
        var places: [[Int64]: Int] = [:]
        var results = ResultReader(fields)
        let folds = try folds(in: page)
        try page.payloads.withUnsafeBytes { payloads in
            try page.keys.withUnsafeBytes { keys in
                var start = 0
                for cell in 0..<page.count {
                    let end = Int(page.payloadEnds[cell])
                    let (numbers, fold) = try form(cell, of: page, folds)
                    let place = places[numbers] ?? groups.count
                    if place == groups.count {
                        places[numbers] = place
                        groups.append(Group(unit: try entry(numbers, fold, page), cells: []))
                    }
                    let key = Self.key(keys, cell)
                    let payload = start < end ? UnsafeRawBufferPointer(rebasing: payloads[start..<end]) : nil
                    groups[place].cells.append(
                        self.cell(
                            key, payload, page.quarantine[cell], in: groups[place].unit, fold.fold, &results))
                    start = end
                }
            }
        }
        return groups
    }

    private func cell(
        _ key: UnitKey, _ payload: UnsafeRawBufferPointer?, _ quarantine: String?, in unit: UnitEntry,
        _ fold: SharedFold, _ results: inout ResultReader
    ) -> RowCells.Cell {
        var cell = RowCells.Cell(fold: fold, draw: unit.draw, key: key, result: nil, reasonMissing: quarantine)
        guard let payload else { return cell }
        switch results.read(payload, of: key, metric: metric ?? unit.unit.task.metric, samples: unit.samples) {
        case .success(let result): cell.result = result
        case .failure(let invalid):
            cell.reasonMissing = "\(UnreadableResult(key: key, sweep: sweep, problem: invalid.problem))"
        }
        return cell
    }

    // MARK: Forms

    private struct PageFold {
        let number: Int64
        let fold: SharedFold
    }

    private func folds(in page: SweepPage) throws -> [Int64: PageFold] {
        var folds: [Int64: PageFold] = [:]
        for (number, member) in page.members where member.isNamed("fold") {
            folds[number] = PageFold(number: number, fold: try units.withLock { try $0.fold(number, member) })
        }
        return folds
    }

    /// The numbers of a cell's form without that of its fold, and that fold.
    private func form(
        _ cell: Int, of page: SweepPage, _ folds: [Int64: PageFold]
    ) throws -> (numbers: [Int64], fold: PageFold) {
        guard var numbers = CompactForm.numbers(of: page.form(cell)),
            let place = numbers.firstIndex(where: { folds[$0] != nil }), let fold = folds[numbers[place]]
        else { throw PageError(position: page.first + cell) }
        numbers.remove(at: place)
        return (numbers, fold)
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
            let entry = UnitEntry(unit, samples: samples.samples(ofLayer: unit.features.digest))
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

/// A unit without its fold, shared by the cells of all folds.
final class UnitEntry: Sendable {
    /// With any fold.
    let unit: ProbeUnit
    /// 0 where there are no draws.
    let draw: Int32
    /// Of the feature set, nil where that is not known.
    let samples: Int?

    init(_ unit: ProbeUnit, samples: Int?) {
        self.unit = unit
        draw = Int32(clamping: unit.shots?.draw ?? 0)
        self.samples = samples
    }
}

/// Units that were decoded, by the numbers of their members.
private struct UnitIndex {
    var decoder = UnitDecoder()
    var entries: [[Int64]: UnitEntry] = [:]
    private var folds: [Int64: SharedFold] = [:]

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
