import Identities
import Scheduling
import TestKit
import Testing

@Suite("Replay of any incident")
struct ReplayTests {
    private func recorded(_ seed: UInt64, every interval: Int, _ change: (inout SimulationPlan) -> Void = { _ in })
        -> [SimulationRecorder.Recording]
    {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(120, cost: 0.2)
                + [SimulatedUnit(900, pass: "layer 0", cost: 0.2, behaviour: .failing)],
            workers: SimulatedWorker.many(4), seed: seed)
        plan.addRandomFaults(rate: 1, over: 15)
        change(&plan)
        let cluster = SimulatedCluster(plan)
        let recorder = SimulationRecorder(every: interval)
        cluster.recorder = recorder
        cluster.run()
        return recorder.recordings
    }

    @Test("Every event is read as it was written, without results", arguments: 1...4 as ClosedRange<UInt64>)
    func events(seed: UInt64) throws {
        for recording in recorded(seed, every: 1000, { $0.network = .hostile }) {
            for event in recording.events {
                let bytes = try BinaryWriter.bytes(of: event)
                let read = try BinaryReader.value(JournaledEvent.self, of: bytes)
                #expect(read == event.withoutResults)
                #expect(try BinaryWriter.bytes(of: read) == bytes)
            }
        }
    }

    @Test(
        "A machine that is encoded and decoded in the middle of a simulation with faults gives the same directives",
        arguments: 1...12 as ClosedRange<UInt64>)
    func middle(seed: UInt64) throws {
        let recordings = recorded(seed, every: 50) { if seed % 2 == 0 { $0.network = .hostile } }
        for recording in recordings {
            let last = try #require(recording.last)
            let lastBytes = try BinaryWriter.bytes(of: last)
            for state in recording.states {
                let bytes = try BinaryWriter.bytes(of: state.machine)
                var machine = try BinaryReader.value(Coordinator.self, of: bytes)
                #expect(try BinaryWriter.bytes(of: machine) == bytes)
                #expect(machine.brokenInvariants() == [])
                for place in state.place..<recording.events.count {
                    let event = try BinaryReader.value(
                        JournaledEvent.self, of: BinaryWriter.bytes(of: recording.events[place]))
                    let directives = try machine.replay(event)
                    #expect(
                        directives.map(\.withoutResults) == recording.directives[place].map(\.withoutResults),
                        "Event \(place) of \(recording.events.count), from \(state.place).")
                }
                #expect(machine.fingerprint == last.fingerprint)
                #expect(machine.differences(from: last) == [])
                #expect(try BinaryWriter.bytes(of: machine) == lastBytes)
            }
        }
    }

    @Test("A machine that missed an event is distinguished by the parts that differ")
    func differences() throws {
        let recording = try #require(recorded(3, every: 1_000_000) { $0.faults = [] }.first)
        let start = try #require(recording.states.first)
        var machine = start.machine
        let missed = try #require(recording.events.firstIndex { if case .reported = $0.event { true } else { false } })
        for (place, event) in recording.events.enumerated() where place != missed { _ = try machine.replay(event) }
        let last = try #require(recording.last)
        #expect(machine.fingerprint.differences(from: last.fingerprint).contains { $0.hasPrefix("finished: ") })
        let parts = machine.differences(from: last)
        #expect(parts.contains("units"))
        #expect(parts.contains("totals"))
        #expect(!parts.contains("settings"))
    }

    @Test("An event earlier than the last one is rejected")
    func backwards() throws {
        var machine = Coordinator(incarnation: 1, at: Instant(seconds: 5))
        #expect(throws: ReplayError.self) {
            try machine.replay(JournaledEvent(instant: Instant(seconds: 4), event: .timerFired))
        }
    }

    @Test("A million units take no more than 40 bytes each in a snapshot")
    func size() throws {
        let count = isLongRun ? 1_000_000 : 20_000
        var generator = SeededGenerator(seed: 1)
        var machine = Coordinator(incarnation: 1, at: Instant(seconds: 0))
        let passes = (0..<10).map { pass in
            WorkPass(
                PassID("layer \(pass)"),
                (0..<count / 10).map { unit in
                    WorkItem(
                        UnitKey(words: generator.next(), generator.next(), generator.next(), generator.next()),
                        cost: Float(unit % 7))
                })
        }
        _ = machine.handle(
            .sweepSubmitted(SweepSubmission(sweep: SweepID(1), passes: passes)), at: Instant(seconds: 1))
        let clock = ContinuousClock()
        var bytes: [UInt8] = []
        let writing = try clock.measure { bytes = try BinaryWriter.bytes(of: machine) }
        let reading = try clock.measure { _ = try BinaryReader.value(Coordinator.self, of: bytes) }
        #expect(bytes.count < 40 * count)
        if isLongRun { print("\(count) units: \(bytes.count) bytes, written in \(writing), read in \(reading)") }
    }

    /// 10⁵ inputs.
    @Test("Bytes that are neither an event nor a state are rejected", arguments: 1...2 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        let recording = try #require(recorded(seed, every: 40) { $0.units = Array($0.units.suffix(12)) }.first)
        let events = try recording.events.map { try BinaryWriter.bytes(of: $0) }
        let states = try recording.states.map { try BinaryWriter.bytes(of: $0.machine) }
        var (eventMutator, stateMutator) = (Mutator(events, seed: seed), Mutator(states, seed: seed + 10))
        var read = 0
        for _ in 0..<40_000 {
            if let event = try? BinaryReader.value(JournaledEvent.self, of: eventMutator.next()) {
                read += 1
                #expect(throws: Never.self) { try BinaryWriter.bytes(of: event) }
            }
        }
        for _ in 0..<10_000 {
            if let machine = try? BinaryReader.value(Coordinator.self, of: stateMutator.next()) {
                read += 1
                #expect(throws: Never.self) { try BinaryWriter.bytes(of: machine) }
            }
        }
        #expect(read > 0)
    }
}

extension JournaledEvent {
    var withoutResults: JournaledEvent {
        guard case .reported(let peer, let reports) = event else { return self }
        let bare = reports.map { report in
            var report = report
            if case .finished = report.outcome { report.outcome = .finished([]) }
            return report
        }
        return JournaledEvent(instant: instant, event: .reported(peer, bare))
    }
}

extension Coordinator.Directive {
    var withoutResults: Coordinator.Directive {
        guard case .commit(let id, let rows) = self else { return self }
        return .commit(id, rows.map(\.withoutResult))
    }
}
