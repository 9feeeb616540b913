import Attention
import Digests
import Features
import Foundation
import Identities
package import Ledger
import Probes
package import Sweeps
import Training
import Units

/// What heads of a sweep attend to: which of its units have a head to analyse, the sweeps of analyses that answer, and
/// their findings.
///
/// An analysis trains a unit again and reads its head. It is a unit itself, leased, resumed and kept in the ledger, whose
/// key is that of the unit and the form of the analysis.
package struct AttentionAnalysis {
    /// Why cells of the selection are left out, a line for each reason.
    package let leftOut: [String]
    /// The analyses, a sweep for each kernel path that the units were trained on.
    package let sweeps: [SweepSource]
    /// Of each sweep of analyses.
    private let selected: [[SelectedUnit]]
    /// SHA-256 of boxes or masks, by the digest of a layer.
    private var regions: [String: String] = [:]

    /// Units whose heads are analysed.
    package var units: Int { selected.reduce(0) { $0 + $1.count } }

    /// Finds the units; trains nothing.
    ///
    /// - Parameters:
    ///   - sweep: The sweep's name or number.
    ///   - selection: Of its table's rows.
    ///   - folders: Searched for feature sets, for their boxes or masks, besides those that the sweep's client used.
    /// - Throws: `AttentionError.nothing`; `SelectionError`; a ledger error if the sweep cannot be read.
    package init(_ sweep: String, _ selection: RowSelection, in ledger: any SweepReader, folders: [String] = []) throws
    {
        var cells = AttentionCells()
        let record = try ledger.find(sweep)
        let stored = try StoredResults(of: record, in: ledger)
        for row in try SweepTable.make(sweep, in: ledger, against: .parameters).selecting(selection).blocks.flatMap(
            \.rows)
        {
            try cells.add(row, of: record, stored, in: ledger)
        }
        leftOut = cells.reasons
        guard !cells.units.isEmpty else { throw AttentionError.nothing(sweep: record.name, cells.reasons) }
        let source = try SweepSource(of: record, in: ledger).withRegions(FeatureLocator(roots: folders))
        for set in source.facts.sets {
            for layer in set.layers { regions[layer.digest] = set.regions }
        }
        let paths = Dictionary(grouping: cells.units, by: \.path).sorted { $0.key < $1.key }
        selected = paths.map(\.value)
        sweeps = paths.map { source.analyses(of: $0.value.map(\.name.key), on: $0.key) }
    }

    /// Seconds that training and analysing are predicted to take, each unit as if it were alone, on a machine of a speed
    /// relative to the reference machine. Boxes and masks are not counted.
    package func predictedSeconds(speed: Double) throws -> Double {
        try sweeps.flatMap { try $0.plan().passes.flatMap(\.units) }.reduce(0) {
            $0 + CostModel.reference.seconds($1.cost.work) / speed
        }
    }

    /// A duration in words.
    package static func words(seconds: Double) -> String { NumberFormat.duration(seconds) }

    /// What analyses have found so far, in the order of the sweep's table, and why some have found nothing, a line each.
    ///
    /// - Throws: `HeadExportError.otherResult` where a head that was trained again does not score what the ledger has.
    package func findings(in ledger: any SweepReader) throws -> (found: [UnitAttention], missing: [String]) {
        var (found, missing) = ([UnitAttention](), [String]())
        for (sweep, units) in zip(sweeps, selected) {
            guard let record = try? ledger.find(sweep.specification.name) else {
                missing += units.map { "unit \($0.name.key) is not analysed yet" }
                continue
            }
            let stored = try StoredResults(of: record, in: ledger)
            for unit in units {
                switch try finding(on: unit, of: record, stored, in: ledger) {
                case .success(let finding): found.append(UnitAttention(name: unit.name, findings: finding))
                case .failure(let reason): missing.append(reason.description)
                }
            }
        }
        return (found.sorted { $0.name.place < $1.name.place }, missing)
    }

    private func finding(
        on selected: SelectedUnit, of sweep: SweepHeader, _ stored: StoredResults, in ledger: any SweepReader
    ) throws -> Result<AttentionFindings, AttentionError> {
        let analysis = selected.unit.analysed(on: selected.path, regions: regions[selected.unit.features.digest])
        let cell = try ledger.cells(beginning: "\(analysis.key)", of: sweep).row
        guard let payload = cell?.payload else {
            return .failure(.failed(selected.name.key, cell?.quarantine ?? "it is not analysed yet"))
        }
        let result: UnitResult
        switch stored.read(payload, of: analysis.key, layer: analysis.features.digest) {
        case .success(let read): result = read
        case .failure(let problem): return .failure(.failed(selected.name.key, "\(problem)"))
        }
        try result.checkFinding(against: selected.result, metric: selected.unit.task.metric)
        guard let findings = result.attention else {
            return .failure(.failed(selected.name.key, "the result of its analysis has no findings"))
        }
        return .success(findings)
    }
}

extension SweepSource {
    /// A sweep of a ledger, as it was submitted.
    fileprivate init(of sweep: SweepHeader, in ledger: any SweepReader) throws {
        let decoder = JSONDecoder()
        self.init(
            specification: try decoder.decode(
                SweepSpecification.self, from: try ledger.specification(of: sweep.id)),
            facts: try decoder.decode(SweepFacts.self, from: try ledger.facts(of: sweep.id)))
    }

    /// With the boxes or masks of those feature sets that are on this machine.
    ///
    /// - Throws: `FeatureError` for boxes or masks that cannot be used.
    fileprivate func withRegions(_ locator: FeatureLocator) throws -> SweepSource {
        var (source, locator) = (self, locator)
        for place in source.facts.sets.indices {
            let facts = source.facts.sets[place]
            guard let layer = facts.layers.first,
                let set = try? locator.find(facts.reference(to: layer), hints: [facts.folder])
            else { continue }
            source.facts.sets[place].regions = try set.regions()?.digest
        }
        return source
    }

    /// The analyses of some of its units. Its name has a digest of the keys, so that other selections are other sweeps,
    /// and the same one resumes.
    fileprivate func analyses(of keys: [UnitKey], on path: String) -> SweepSource {
        var analyses = self
        let keys = keys.sorted()
        let regions = facts.sets.compactMap(\.regions).joined()
        let content = keys.flatMap(\.bytes) + Array((path + regions).utf8)
        let digest = hexadecimal(Array(SHA256.hash(content).unitKey.bytes.prefix(4)))
        analyses.specification.name += "-attention-\(digest)"
        analyses.specification.attention = AnalysisRequest(units: keys, kernel: specification.kernel)
        analyses.specification.kernel = path
        analyses.specification.keepsPredictions = false
        return analyses
    }
}
