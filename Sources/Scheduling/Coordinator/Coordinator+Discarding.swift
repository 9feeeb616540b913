import DequeModule
import Identities

// Results that an operator removed from the ledger.

extension Coordinator {
    /// Makes units whose results are gone pending again, for every sweep that wants them.
    ///
    /// A sweep counts units that were done before its submission without listing them. They are listed now, so this is
    /// called once for every active sweep that has such units.
    mutating func onDiscard(_ discarded: SweepSubmission) {
        guard let sweep = sweeps.index(of: discarded.sweep), !sweeps[sweep].isCancelled else { return }
        let kinds = discarded.kinds.map { self.kinds.insert($0) }
        let inputs = learn(of: discarded.inputs)
        for planned in discarded.passes {
            let pass = passes.insert(planned.pass, of: sweep)
            for unit in planned.units {
                let kind = kinds.indices.contains(Int(unit.kind)) ? kinds[Int(unit.kind)] : self.kinds.insert(.unknown)
                if !isWanted(unit.unit, by: sweep) {
                    sweeps[sweep].counts.done = max(0, sweeps[sweep].counts.done - 1)
                    let read = inputs.indices.contains(Int(unit.inputs)) ? inputs[Int(unit.inputs)] : 0
                    enter(unit, kind, reading: read, of: sweep, in: pass, quarantined: [:], history: [:])
                }
                reopen(unit.unit)
            }
        }
        sweeps[sweep].announcedCounts = nil
    }

    private func isWanted(_ key: UnitKey, by sweep: Int) -> Bool {
        guard let unit = units.index(of: key) else { return false }
        return sweeps.contains(sweep, in: units[unit].wanted)
    }

    /// Makes a unit that was done pending.
    private mutating func reopen(_ key: UnitKey) {
        guard let unit = units.index(of: key), units[unit].state == .done else { return }
        move(unit, to: .pending)
        queueUp(unit)
        for sweep in sweeps.sets[Int(units[unit].wanted)] { sweeps[sweep].announcedCounts = nil }
    }
}
