import Identities
import Ledger
import Results

/// What the kept predictions of each task's best row say class by class.
struct ClassFindings: Sendable {
    var evidence: [ClassEvidence] = []
    /// Why tasks have none, a line each, without folders of this machine.
    var missing: [String] = []
    /// The same in full, for whoever makes the report.
    var problems: [String] = []
    /// Tasks with predictions that were not read.
    var tasksLeftOut = 0

    /// - Returns: Nil where no best row has kept predictions.
    static func make(
        _ findings: [TaskFinding], of table: ResultTable, _ sweeps: [ReportedSweep], in ledger: any SweepReader,
        labels: [String]
    ) throws -> ClassFindings? {
        var readers = try sweeps.map { try KeptPredictions(of: $0.header, in: ledger, roots: labels) }
        var found = ClassFindings()
        var tasks = 0
        for (finding, block) in zip(findings, table.blocks) {
            guard let row = finding.best, try hasPredictions(row, in: ledger) else { continue }
            tasks += 1
            if tasks > ReportLimits.tasks { found.tasksLeftOut += 1 } else { found.read(row, block, &readers) }
        }
        return tasks == 0 ? nil : found
    }

    private static func hasPredictions(_ row: ResultRow, in ledger: any SweepReader) throws -> Bool {
        guard let key = row.folds.first.map({ $0.draws.first?.key ?? $0.key }) else { return false }
        return try ledger.predictions(of: key) != nil
    }

    /// By the folders of whichever sweep has the row's labels.
    private mutating func read(_ row: ResultRow, _ block: ResultTable.Block, _ readers: inout [KeptPredictions]) {
        var (reason, problem) = ("no sweep has it", "no sweep has it")
        for index in readers.indices {
            do {
                evidence += try ClassEvidence.make(of: row, in: block, &readers[index]).map { [$0] } ?? []
                return
            } catch {
                (reason, problem) = (KeptPredictions.finding(of: error), "\(error)")
            }
        }
        missing.append("\(block.task): \(reason)".printable)
        problems.append("\(block.task): \(problem)".printable)
    }
}
