import ArgumentParser
import Foundation
import Identities
import Scheduling
import TestKit

/// Measures the encoding of the coordinator's events and states.
struct JournalBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Measure the journal's coding: nanoseconds and bytes of events and snapshots.",
        discussion: "All times are processor time of one thread. `benchmarks cluster --parts journal` has the rest.")

    @Option(help: "Units of the snapshots.")
    var units = 1_000_000

    func run() throws {
        for size in [1, 16, 256] {
            let reports = (0..<size).map { number in
                UnitReport(
                    unit: SimulatedUnit(number, pass: "", cost: 1).digest, attempt: Attempt(number: 1 << 32 | 77),
                    outcome: .finished(Array(repeating: 7, count: 700)), seconds: 0.01)
            }
            try measure("reported, \(size) units", .reported(address, reports), parts: size)
        }
        try measure("heartbeat, 2 leases", .heartbeat(address, statuses), parts: 1)
        try measure("committed", .committed(CommitID(number: 100_000)), parts: 1)
        try measure("traffic", .traffic(address), parts: 1)
        try measure("timerFired", .timerFired, parts: 1)
        try measureSnapshots()
    }

    private var address: Address { Address(number: 1) }

    private var statuses: [LeaseStatus] {
        (0..<2).map { LeaseStatus(attempt: Attempt(number: $0), unfinished: 40, isTraining: true, progress: 0.3) }
    }

    private func measure(_ name: String, _ event: Coordinator.Event, parts: Int) throws {
        let events = max(5, 200_000 / parts)
        let writer = BinaryWriter()
        var bytes = 0
        let start = processorSeconds()
        for event in repeatElement(JournaledEvent(instant: Instant(seconds: 1e5), event: event), count: events) {
            writer.clear()
            try writer.write(event)
            bytes = writer.count
        }
        let nanoseconds = (processorSeconds() - start) * 1e9 / Double(events * parts)
        print(
            "\(name): \(nanoseconds.rounded(to: 0)) ns and \((Double(bytes) / Double(parts)).rounded(to: 1)) bytes each"
        )
    }

    private func measureSnapshots() throws {
        var machine = Coordinator(incarnation: 1, at: Instant(seconds: 0))
        let passes = (0..<48).map { pass in
            WorkPass(
                PassID("layer \(pass)"),
                (pass * units / 48..<(pass + 1) * units / 48).map { number in
                    WorkItem(SimulatedUnit(number, pass: "", cost: 1).digest, cost: Float(number % 10 + 1))
                })
        }
        let submission = Coordinator.Event.sweepSubmitted(SweepSubmission(sweep: SweepID(1), passes: passes))
        _ = machine.handle(submission, at: Instant(seconds: 1))
        try measure("sweepSubmitted, a unit", submission, parts: units)
        try measureSnapshot(machine, "none done")
        finishSome(&machine, units / 2)
        try measureSnapshot(machine, "half of them done")
    }

    /// One worker takes leases and finishes them.
    private func finishSome(_ machine: inout Coordinator, _ count: Int) {
        var now = Instant(seconds: 2)
        let hello = WorkerHello(protocolVersion: 1, id: WorkerID(words: 1, 1), name: "a", speed: 1e4)
        var pending = machine.handle(.hello(address, hello, key: ""), at: now)
        var finished = 0
        while finished < count, !pending.isEmpty {
            let directive = pending.removeFirst()
            now = now + 1e-5
            switch directive {
            case .lease(_, _, let lease):
                finished += lease.units.count
                let reports = lease.units.map {
                    UnitReport(unit: $0, attempt: lease.attempt, outcome: .finished([1]), seconds: 1e-4)
                }
                pending += machine.handle(.reported(address, reports), at: now)
            case .commit(let id, _): pending += machine.handle(.committed(id), at: now)
            default: break
            }
        }
    }

    private func measureSnapshot(_ machine: Coordinator, _ state: String) throws {
        let start = processorSeconds()
        let bytes = try BinaryWriter.bytes(of: machine)
        let written = processorSeconds()
        _ = try BinaryReader.value(Coordinator.self, of: bytes)
        let read = processorSeconds()
        print(
            "snapshot of \(units) units, \(state): \(bytes.count) bytes, "
                + "written in \(((written - start) * 1e3).rounded(to: 0)) ms, "
                + "read in \(((read - written) * 1e3).rounded(to: 0)) ms")
    }
}
