import Identities
import Scheduling
import Testing

@Suite("Witnesses and hosts")
struct WitnessTests {
    private func hello(_ name: String, on machine: String, _ number: UInt8 = 1) -> WorkerHello {
        var hello = SchedulingTests.hello(name, number)
        hello.machine = machine
        hello.host = "host of \(machine)"
        return hello
    }

    private func join(_ scene: inout Scene, _ name: String, on machine: String, key: String = "") {
        scene.tell(.hello(address(name), hello(name, on: machine), key: key))
    }

    /// The worker that was leased the unit last, with the lease.
    private func holder(_ directives: [Coordinator.Directive]) -> (name: String, attempt: Attempt)? {
        directives.compactMap { directive -> (String, Attempt)? in
            if case .lease(_, let holder, let lease) = directive { (holder.name, lease.attempt) } else { nil }
        }.last
    }

    private func isQuarantined(_ scene: Scene) -> Bool {
        scene.coordinator.status(at: scene.now).sweeps.first.map { $0.counts.pending + $0.counts.leased == 0 } ?? false
            || scene.coordinator.status(at: scene.now).sweeps.first?.counts.quarantined == 1
    }

    /// Lets the only unit fail wherever it is leased.
    /// - Returns: who failed it, until it is leased no more.
    private func failures(_ scene: inout Scene, _ directives: [Coordinator.Directive]) -> [String] {
        var (names, next): ([String], [Coordinator.Directive]) = ([], directives)
        while names.count < 10, let (name, attempt) = holder(next) {
            names.append(name)
            next = scene.tell(.reported(address(name), [failed(0, attempt)]))
            for _ in 0..<200 where holder(next) == nil && !next.contains(where: { isQuarantine($0) }) {
                scene.wait(1)
                next = scene.tell(.timerFired)
            }
        }
        return names
    }

    private func isQuarantine(_ directive: Coordinator.Directive) -> Bool {
        if case .note(.unitQuarantined) = directive { true } else { false }
    }

    @Test("Three workers on one machine are one witness: another machine is asked, and both together convict")
    func oneMachine() {
        var scene = Scene()
        for name in ["a", "b", "c"] { join(&scene, name, on: "m1") }
        join(&scene, "d", on: "m2")
        let names = failures(&scene, scene.tell(.sweepSubmitted(submission(0..<1))))
        #expect(names.count == 2)
        #expect(names.contains("d"))
    }

    @Test("One witness alone convicts after three failures")
    func alone() {
        var scene = Scene()
        for name in ["a", "b"] { join(&scene, name, on: "m1") }
        #expect(failures(&scene, scene.tell(.sweepSubmitted(submission(0..<1)))).count == 3)
    }

    @Test("Containers on one machine are witnesses of their own")
    func containers() {
        var scene = Scene()
        for place in 0..<4 { join(&scene, "w\(place)", on: "m1 mnt:[\(place)]") }
        #expect(failures(&scene, scene.tell(.sweepSubmitted(submission(0..<1)))).count == 3)
    }

    @Test("One key does not convict for two machines where another key is there to be asked")
    func oneKey() {
        var scene = Scene()
        for name in ["a", "b", "c"] { join(&scene, name, on: "machine of \(name)", key: "k1") }
        join(&scene, "d", on: "m4", key: "k2")
        let names = failures(&scene, scene.tell(.sweepSubmitted(submission(0..<1))))
        #expect(names.last == "d")
    }

    @Test("Witnesses that are gone do not speak for those that are present and have not tried")
    func newcomers() {
        var scene = Scene()
        join(&scene, "a", on: "m1")
        join(&scene, "b", on: "m2")
        let first = holder(scene.tell(.sweepSubmitted(submission(0..<1))))
        let name = first?.name ?? ""
        scene.tell(.reported(address(name), [failed(0, attempt(1))]))
        for name in ["a", "b"] { scene.tell(.goodbye(address(name))) }
        join(&scene, "c", on: "m3")
        join(&scene, "d", on: "m4")
        #expect(scene.coordinator.status(at: scene.now).sweeps[0].counts.quarantined == 0)
        #expect(scene.coordinator.status(at: scene.now).sweeps[0].counts.leased == 1)
    }

    @Test("A host is suspended once, whatever its probing lease reports")
    func suspendedOnce() {
        var scene = Scene()
        scene.submit(400)
        join(&scene, "good", on: "m1")
        join(&scene, "bad", on: "m2")
        scene.tell(.reported(address("good"), (0..<4).map { finished($0, attempt(1)) }))
        scene.tell(.reported(address("bad"), (4..<8).map { failed($0, attempt(2)) }))
        scene.wait(1)
        let next = holder(scene.tell(.timerFired))
        _ = next
        for round in 2..<6 as Range<UInt8> {
            let leased = holder(scene.tell(.hello(address("bad", round), hello("bad", on: "m2", round))))
            guard let leased, leased.name == "bad" else { continue }
            scene.tell(.reported(address("bad", round), (0..<400).map { failed($0, leased.attempt) }))
        }
        let suspensions = scene.memories.count { if case .suspended = $0 { true } else { false } }
        #expect(suspensions == 1)
    }

    @Test("A host is suspended with all its workers, by the reason of its last error, and resumed by its name")
    func host() {
        var scene = Scene()
        scene.submit(400)
        join(&scene, "good", on: "m1")
        for name in ["x", "y"] { join(&scene, name, on: "m2") }
        scene.tell(.reported(address("good"), (0..<4).map { finished($0, attempt(1)) }))
        scene.tell(.reported(address("x"), (4..<8).map { failed($0, attempt(2)) }))
        let directives = scene.tell(.reported(address("y"), [failed(8, attempt(3), "no space left on device")]))
        #expect(
            directives.contains {
                if case .suspended(address("x"), let reason?) = $0 { reason.contains("no space left") } else { false }
            })
        let status = scene.coordinator.status(at: scene.now)
        #expect(status.workers.map { "\($0.name) \($0.state)" } == ["good active", "x suspended", "y suspended"])
        #expect(status.suspendedHosts.map(\.label) == ["host of m2"])
        #expect(scene.coordinator.suspendedHosts("host of m2") == status.suspendedHosts)
        #expect(scene.coordinator.suspendedHosts("x") == status.suspendedHosts)
        #expect(scene.coordinator.suspendedHosts("good") == [])
        scene.tell(.hostResumed(host: "m2"))
        #expect(scene.coordinator.status(at: scene.now).workers.allSatisfy { $0.state == .active })
    }

    @Test("A peer that claims another's machine under a key of its own gets only itself suspended")
    func falseClaim() {
        var scene = Scene()
        scene.submit(400)
        join(&scene, "good", on: "m1", key: "k1")
        join(&scene, "honest", on: "m2", key: "k1")
        join(&scene, "liar", on: "m2", key: "k2")
        scene.tell(.reported(address("good"), (0..<4).map { finished($0, attempt(1)) }))
        scene.tell(.reported(address("honest"), (4..<8).map { finished($0, attempt(2)) }))
        scene.tell(.reported(address("liar"), (8..<12).map { failed($0, attempt(3)) }))
        scene.wait(2)
        let last = holder(scene.tell(.timerFired))?.attempt ?? attempt(6)
        scene.tell(.reported(address("liar"), (0..<400).map { failed($0, last) }))
        let states = scene.coordinator.status(at: scene.now).workers.map { "\($0.name) \($0.state)" }
        #expect(states == ["good active", "honest active", "liar suspended"])
    }

    @Test("A host that finishes nothing of a kind that others finish is suspended, though it finishes other kinds")
    func kind() {
        var scene = Scene()
        // Kind 1 fails on m2; it is a small part of what m2 does.
        let items = (0..<400).map { WorkItem(unit($0), cost: 1, kind: $0 % 4 == 0 ? 1 : 0) }
        scene.tell(
            .sweepSubmitted(
                SweepSubmission(
                    sweep: sweep, passes: [WorkPass(PassID("layer 0"), items)],
                    kinds: [CostKind("linear"), CostKind("knn")])))
        var leases: [(name: String, lease: Lease)] = []
        func collect(_ directives: [Coordinator.Directive]) {
            for case .lease(_, let holder, let lease) in directives { leases.append((holder.name, lease)) }
        }
        collect(scene.tell(.hello(address("good"), hello("good", on: "m1"))))
        collect(scene.tell(.hello(address("bad"), hello("bad", on: "m2"))))
        var turns = 0
        while turns < 100, let (name, lease) = leases.first {
            leases.removeFirst()
            turns += 1
            let reports = lease.units.map { key -> UnitReport in
                let number = (0..<400).first { unit($0) == key } ?? 0
                return name == "bad" && number % 4 == 0
                    ? failed(number, lease.attempt) : finished(number, lease.attempt)
            }
            collect(scene.tell(.reported(address(name), reports), after: 2))
            for name in ["good", "bad"] { scene.tell(.traffic(address(name))) }
            scene.tell(.committed(commit(UInt64(turns))))
            if scene.coordinator.status(at: scene.now).suspendedHosts != [] { break }
        }
        #expect(scene.coordinator.status(at: scene.now).suspendedHosts.map(\.host) == ["m2"])
        #expect(
            scene.coordinator.status(at: scene.now).workers.first { $0.name == "bad" }?.reason?.contains("of a kind")
                == true)
    }

    @Test("A new process on a suspended host gets one lease, and clears the host by finishing it")
    func probing() {
        var scene = Scene()
        scene.submit(40)
        scene.tell(.hostSuspended(SuspendedHost(host: "m2", label: "node2", reason: "its disk was full")))
        let first = scene.tell(.hello(address("x"), hello("x", on: "m2")))
        #expect(first.contains(.suspended(address("x"), reason: "its disk was full")))
        #expect(holder(first)?.name == "x")
        // A failure counts against nobody, and there is no second lease for this process.
        #expect(
            holder(scene.tell(.reported(address("x"), (0..<4).map { failed($0, attempt(1)) }))) == nil)
        #expect(scene.coordinator.status(at: scene.now).workers.map(\.state) == [.suspended])
        let second = scene.tell(.hello(address("x", 2), hello("x", on: "m2", 2)))
        #expect(holder(second)?.attempt == attempt(2))
        let cleared = scene.tell(.reported(address("x", 2), (4..<8).map { finished($0, attempt(2)) }))
        #expect(cleared.contains(.note(.hostResumed("host of m2"))))
        #expect(cleared.contains(.suspended(address("x", 2), reason: nil)))
        #expect(scene.memories.last == .resumed(host: "m2"))
    }
}
