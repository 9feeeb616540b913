import Features
import Foundation
import Identities
import Ledger
import Probes
import Training
import Units

/// A unit whose head is to be analysed, with the result that it must give again.
struct SelectedUnit {
    let name: UnitAttention.UnitName
    let unit: ProbeUnit
    let result: UnitResult
    /// The kernel path that it was trained on.
    let path: String
}

/// The cells of a table, sorted into units to analyse and reasons why others are left out.
struct AttentionCells {
    private(set) var units: [SelectedUnit] = []
    /// In the order in which they were met, each once with the number of its cells.
    private var counted: [(reason: String, cells: Int)] = []

    var reasons: [String] {
        counted.map { "left out: \($0.reason)\($0.cells > 1 ? " (\($0.cells) units)" : "")" }
    }

    mutating func add(_ row: ResultRow, of sweep: SweepHeader, _ stored: StoredResults, in ledger: any SweepReader)
        throws
    {
        for fold in row.folds {
            let keys = fold.draws.isEmpty ? [fold.key] : fold.draws.map(\.key)
            for key in keys { try add(key, row, sweep, stored, ledger) }
        }
    }

    private mutating func add(
        _ key: UnitKey, _ row: ResultRow, _ sweep: SweepHeader, _ stored: StoredResults, _ ledger: any SweepReader
    ) throws {
        guard let found = try ledger.cells(beginning: "\(key)", of: sweep).row else { return }
        let unit = try JSONDecoder.ofUnits().decode(ProbeUnit.self, from: Data(found.canonicalForm.bytes))
        if unit.control != nil {
            return leaveOut("\(row.label) is a control, whose heads are not analysed")
        }
        if unit.analysis != nil { return leaveOut("\(row.label) is an analysis itself; name the sweep of its heads") }
        let probe = try unit.fittedProbe(trainingSamples: 0)
        guard AttentionReader.predictors(of: probe) != nil else {
            if case .pooled = probe.reading { return leaveOut("\(row.label) probes pool without attention") }
            return leaveOut("the attention of \(row.label) probes cannot be read")
        }
        guard let payload = found.payload else {
            return leaveOut("units of \(row.label) without a result")
        }
        let result: UnitResult
        switch stored.read(payload, of: key, layer: unit.features.digest) {
        case .success(let read): result = read
        case .failure(let unreadable): return leaveOut("unit \(key): \(unreadable)")
        }
        units.append(
            SelectedUnit(
                name: UnitAttention.UnitName(
                    features: row.features, task: unit.task.name, layer: unit.features.layer, probe: row.label,
                    repetition: unit.fold.repetition, heldOut: unit.fold.heldOut, draw: unit.shots?.draw,
                    seed: unit.seed, key: key, place: units.count, foldCount: unit.fold.count,
                    outputWidth: row.outputWidth),
                unit: unit, result: result, path: result.provenance.kernelPath))
    }

    private mutating func leaveOut(_ reason: String) {
        if let place = counted.firstIndex(where: { $0.reason == reason }) {
            counted[place].cells += 1
        } else {
            counted.append((reason, 1))
        }
    }
}
