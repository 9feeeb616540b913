import Identities
package import Ledger
import Scheduling
package import Sweeps
import Training
import Units

extension PlanLearnedCosts {
    /// What a ledger knows of the units of a plan.
    ///
    /// - Complexity: O(n) in the units of the plan, each of which is looked up.
    package init(_ plan: Plan, in ledger: LedgerReader) throws(LedgerError) {
        let learnedCosts = try ledger.learnedCosts()
        let factors = learnedCosts.corrections.map { ($0.key.text, $0.value.factor) }
        let corrections = Dictionary(uniqueKeysWithValues: factors)
        // Corrections are relative to the speeds that workers declare.
        let speeds = learnedCosts.paces.values.map(\.declared)
        var (done, seconds) = (0, 0.0)
        for pass in plan.passes {
            try ledger.forEachFinished(of: pass.units.lazy.map { ($0.key, $0) }) { unit in
                done += 1
                seconds += CostModel.reference.seconds(unit.cost.work) * (corrections[unit.kind] ?? 1)
            }
        }
        self.init(
            corrections: corrections, speed: speeds.isEmpty ? 1 : speeds.reduce(0, +) / Double(speeds.count),
            done: done, secondsDone: seconds)
    }
}
