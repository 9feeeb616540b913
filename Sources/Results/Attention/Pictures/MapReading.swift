import Attention
import Features
import Foundation
package import Ledger
import Training
import Units

/// The maps of one trained head of a sweep, for files and pictures: the head is trained again on this machine, and must
/// give the ledger's result to the last bit.
package struct MapReading {
    /// What was found of the head; its predictors have their ranks here.
    package let findings: UnitAttention
    let head: AttendedHead
    let set: FeatureSet
    /// The ids of all samples of the set.
    let sampleNames: [String]

    /// Trains the head of the selection's one row on its first fold, draw and seed, or that of a unit.
    ///
    /// - Parameters:
    ///   - unit: The beginning of a unit's key.
    ///   - begin: Gets the unit's key before it is trained.
    /// - Throws: ``AttentionPictureError`` where the selection has several rows or no such unit; all that
    ///   `AttentionAnalysis` throws.
    package init(
        _ sweep: String, _ selection: RowSelection, unit: String?, in ledger: any SweepReader,
        settings: HeadExport.Settings, begin: (String) -> Void = { _ in }
    ) throws {
        let record = try ledger.find(sweep)
        let selected = try Self.unit(beginning: unit, of: sweep, selection, in: ledger)
        begin("\(selected.name.key)")
        var locator = FeatureLocator(roots: settings.featureRoots)
        let folders = Set(try ledger.passes(of: record.id).map(\.folder)).sorted()
        let pass = try AttentionPass(selected, folders: folders, &locator)
        set = try locator.find(selected.unit.features, hints: folders)
        sampleNames = try set.sampleIDs()
        guard let outcome = try settings.train(pass.work, on: pass.kernel).first else {
            throw AttentionError.failed(selected.name.key, "it was not trained")
        }
        head = try pass.head(of: selected, outcome, settings)
        findings = UnitAttention(
            name: selected.name,
            findings: try AttentionFindings.make(
                head.reader, head.unit, head.task, head.predictions, memory: settings.memoryBudget / 4,
                regions: try set.regions()))
    }

    private static func unit(
        beginning key: String?, of sweep: String, _ selection: RowSelection, in ledger: any SweepReader
    ) throws -> SelectedUnit {
        let record = try ledger.find(sweep)
        var (cells, rows, count) = (AttentionCells(), [String](), 0)
        let stored = try StoredResults(of: record, in: ledger)
        for block in try SweepTable.make(sweep, in: ledger, against: .parameters).selecting(selection).blocks {
            for row in block.rows {
                try cells.add(row, of: record, stored, in: ledger)
                guard cells.units.count > count else { continue }
                count = cells.units.count
                rows.append(
                    "\(row.features), \(block.task), layer \(row.unit.features.layer), \(row.label), D_o \(row.outputWidth)"
                )
            }
        }
        guard let first = cells.units.first else { throw AttentionError.nothing(sweep: record.name, cells.reasons) }
        if let key {
            let found = cells.units.filter { "\($0.name.key)".hasPrefix(key) }
            guard found.count == 1 else {
                throw AttentionPictureError.unknownUnit(
                    key, matches: found.count, of: cells.units.map { "\("\($0.name.key)".prefix(12))" })
            }
            return found[0]
        }
        guard rows.count == 1 else { throw AttentionPictureError.severalRows(rows) }
        return first
    }

    /// Samples of the layer that are tested.
    var tested: [Int] { head.predictions.rows.map { head.task.samples[$0] } }

    /// The chosen samples of the layer.
    func samples(_ choice: SampleChoice) throws(AttentionPictureError) -> [Int] {
        try choice.samples(of: tested, names: sampleNames, unit: "\("\(findings.name.key)".prefix(12))")
    }

    /// The maps of samples in the order given, a few in memory at a time.
    ///
    /// - Parameter receive: Gets each sample, its maps, and how many tokens of its own they attend to, which come first.
    func forEachMap(of samples: [Int], _ receive: (Int, SampleMaps, Int) throws -> Void) rethrows {
        for start in stride(from: 0, to: samples.count, by: Self.atOnce) {
            let part = Array(samples[start..<min(start + Self.atOnce, samples.count)])
            var read: [(maps: SampleMaps, own: Int)?] = part.map { _ in nil }
            head.reader.maps(of: part) { place, maps, norms in read[place] = (maps, norms.count) }
            for (sample, found) in zip(part, read) {
                if let found { try receive(sample, found.maps, found.own) }
            }
        }
    }

    private static let atOnce = 64
}
