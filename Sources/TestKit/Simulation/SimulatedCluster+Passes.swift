import Identities
import Scheduling

// Training as the cluster sees it: a pass takes time and ends, or kills its process.

extension SimulatedCluster {
    func startPass(_ lease: Lease, on worker: Int) {
        for unit in lease.units { trainings[unit, default: 0] += 1 }
        processes[worker].generation += 1
        let length = processes[worker].plan.isBroken ? 0.01 : seconds(of: lease.units, on: worker) + plan.readingCost
        processes[worker].pass = RunningPass(
            attempt: lease.attempt, units: lease.units, beganAt: now, endsAt: now + length)
        schedulePassEnd(on: worker)
    }

    private func schedulePassEnd(on worker: Int) {
        guard let pass = processes[worker].pass else { return }
        let action = Action.passEnds(worker, epoch: processes[worker].epoch, generation: processes[worker].generation)
        // A poison unit strikes somewhere in the pass.
        let part = isPoisonous(pass) ? Double.random(in: 0.1...0.9, using: &generator) : 1
        schedule(action, at: now + pass.endsAt.seconds(since: now) * part)
    }

    private func isPoisonous(_ pass: RunningPass) -> Bool {
        pass.units.contains { unitsByDigest[$0]?.behaviour == .poison }
    }

    private func seconds(of units: [UnitKey], on worker: Int) -> Double {
        units.reduce(0) { $0 + (unitsByDigest[$1]?.cost ?? 0) } / processes[worker].plan.speed
    }

    /// Units leave a pass in training: what is left takes less time.
    func shorten(_ attempt: Attempt, without dropped: [UnitKey], on worker: Int) {
        guard var pass = processes[worker].pass, pass.attempt == attempt else { return }
        let before = seconds(of: pass.units, on: worker)
        pass.units.removeAll { dropped.contains($0) }
        let after = seconds(of: pass.units, on: worker)
        pass.endsAt = now + max(0, pass.endsAt.seconds(since: now)) * (before > 0 ? after / before : 1)
        processes[worker].pass = pass
        processes[worker].generation += 1
        schedulePassEnd(on: worker)
    }

    func endPass(on worker: Int) {
        guard let pass = processes[worker].pass else { return }
        guard !isPoisonous(pass) else {
            return endWorker(
                worker, reason: "killed by a unit", restartAfter: 0.5,
                isClosed: generator.chance(plan.network.closeRate))
        }
        processes[worker].pass = nil
        tellWorker(worker, .unitsEnded(pass.units.map { report(of: $0, pass.attempt, on: worker) }))
        tellWorker(worker, .passEnded(pass.attempt, reason: nil))
    }

    private func report(of unit: UnitKey, _ attempt: Attempt, on worker: Int) -> UnitReport {
        let isFailing = processes[worker].plan.isBroken || unitsByDigest[unit]?.behaviour == .failing
        return UnitReport(
            unit: unit, attempt: attempt, outcome: isFailing ? .failed("out of luck") : .finished([1]),
            seconds: seconds(of: [unit], on: worker))
    }
}
