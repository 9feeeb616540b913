package import Identities
package import Ledger
package import Scheduling

// Converts what was learned between the types of Scheduling and the records of Ledger.

extension LedgerReader {
    /// What coordinators have learned on this ledger.
    package func learnedCosts() throws(LedgerError) -> LearnedCosts {
        let corrections = try kinds().map { kind in
            (CostKind(kind.name), CostCorrection(units: kind.units, predicted: kind.predicted, measured: kind.measured))
        }
        let paces = try workerSpeeds().map { speed in
            (speed.worker, WorkerPace(declared: speed.declared, measured: speed.measured))
        }
        return LearnedCosts(
            corrections: Dictionary(corrections) { first, _ in first }, paces: Dictionary(paces) { first, _ in first })
    }
}

extension CostKindRecord {
    package init(kind: CostKind, correction: CostCorrection) {
        self.init(
            name: kind.text, units: correction.units, predicted: correction.predicted, measured: correction.measured)
    }
}

extension WorkerSpeedRecord {
    package init(worker: String, pace: WorkerPace) {
        self.init(worker: worker, declared: pace.declared, measured: pace.measured)
    }
}
