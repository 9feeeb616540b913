import Identities
import Ledger
import Results

/// What the kept predictions of each task's best row say class by class.
struct ClassFindings: Sendable {
    let evidence: [ClassEvidence]
    /// Why tasks have none, a line each.
    let missing: [String]

    /// Tasks beyond which no predictions are read.
    private static let mostTasks = 12

    /// - Returns: Nil where no best row has kept predictions.
    static func make(
        _ findings: [TaskFinding], of table: ResultTable, _ sweeps: [ReportedSweep], in ledger: any SweepReader,
        labels: [String]
    ) throws -> ClassFindings? {
        var readers = try sweeps.map { try KeptPredictions(of: $0.header, in: ledger, roots: labels) }
        var (evidence, missing) = ([ClassEvidence](), [String]())
        for (finding, block) in zip(findings, table.blocks).prefix(mostTasks) {
            guard let row = finding.best, try hasPredictions(row, in: ledger) else { continue }
            switch read(row, block, &readers) {
            case .success(let found): evidence += found.map { [$0] } ?? []
            case .failure(let problem): missing.append("\(block.task): \(problem.reason)".printable)
            }
        }
        return evidence.isEmpty && missing.isEmpty ? nil : ClassFindings(evidence: evidence, missing: missing)
    }

    private struct Unreadable: Error { let reason: String }

    private static func hasPredictions(_ row: ResultRow, in ledger: any SweepReader) throws -> Bool {
        guard let key = row.folds.first.map({ $0.draws.first?.key ?? $0.key }) else { return false }
        return try ledger.predictions(of: key) != nil
    }

    /// By the folders of whichever sweep has the row's labels.
    private static func read(
        _ row: ResultRow, _ block: ResultTable.Block, _ readers: inout [KeptPredictions]
    ) -> Result<ClassEvidence?, Unreadable> {
        var problem = "no sweep has it"
        for index in readers.indices {
            do {
                return .success(try ClassEvidence.make(of: row, in: block, &readers[index]))
            } catch {
                problem = "\(error)"
            }
        }
        return .failure(Unreadable(reason: problem))
    }
}
