import Foundation
import Identities
import Ledger
import Numerics
import Probes
import Training
import Units

/// A unit whose head is to be analysed, with the result that it must give again.
struct SelectedUnit {
    let name: UnitAttention.UnitName
    let unit: ProbeUnit
    let form: [UInt8]
    let result: UnitResult
    let kernel: KernelPath
}

/// Units that are trained together: of one layer, on one kernel path.
struct AttentionPass {
    let units: [SelectedUnit]
    let work: PassWork
    let kernel: KernelPath

    /// - Parameters:
    ///   - units: One at least.
    ///   - folders: Where clients saw the features.
    init(_ units: [SelectedUnit], folders: [String], _ locator: inout FeatureLocator) throws {
        self.units = units
        kernel = units[0].kernel
        work = try PassWork(
            Dictionary(units.map { ($0.name.key, $0.form) }, uniquingKeysWith: { first, _ in first }),
            folders: folders, &locator)
        if let fault = work.unreadable.first { throw AttentionError.failed(fault.0.key, fault.reason) }
    }
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
        guard try unit.attendsByCore else {
            return leaveOut("the attention of a \(row.label) probe cannot be read")
        }
        guard let payload = found.payload else {
            return leaveOut("units of \(row.label) without a result")
        }
        let result = try stored.read(payload, of: key, layer: unit.features.digest).get()
        guard let kernel = KernelPath(rawValue: result.provenance.kernelPath), KernelPath.available.contains(kernel)
        else { throw HeadExportError.otherKernel(key, result.provenance.kernelPath) }
        units.append(
            SelectedUnit(
                name: UnitAttention.UnitName(
                    features: row.features, task: unit.task.name, layer: unit.features.layer, probe: row.label,
                    repetition: unit.fold.repetition, heldOut: unit.fold.heldOut, draw: unit.shots?.draw,
                    seed: unit.seed, key: key),
                unit: unit, form: found.canonicalForm.bytes, result: result, kernel: kernel))
    }

    private mutating func leaveOut(_ reason: String) {
        if let place = counted.firstIndex(where: { $0.reason == reason }) {
            counted[place].cells += 1
        } else {
            counted.append((reason, 1))
        }
    }

    /// Those of one layer and kernel path together, in the order in which layers are met.
    var grouped: [[SelectedUnit]] {
        var groups: [[SelectedUnit]] = []
        var places: [PassKey: Int] = [:]
        for unit in units {
            let key = PassKey(
                layer: unit.unit.features.digest, pinned: unit.unit.kernel, kernel: unit.kernel,
                levels: unit.unit.earlierLayers?.map(\.digest))
            if let place = places[key] {
                groups[place].append(unit)
            } else {
                places[key] = groups.count
                groups.append([unit])
            }
        }
        return groups
    }

    private struct PassKey: Hashable {
        let layer: String
        let pinned: String?
        let kernel: KernelPath
        /// Levels that are mixed, which all units of a pass have in common.
        let levels: [String]?
    }
}

extension ProbeUnit {
    /// Whether the attention core computes its probe's attention.
    fileprivate var attendsByCore: Bool {
        get throws {
            if case .attention = try fittedProbe(trainingSamples: 0).reading { return true }
            return false
        }
    }
}
