import Identities
import Scheduling
import Testing

@Suite("The story of a unit")
struct UnitStoryTests {
    /// A scene with somebody who writes down what happens to one unit.
    private struct Watched {
        var scene: Scene
        var story: UnitStory
        var lines: [String] = []

        init(_ number: Int, _ settings: CoordinatorSettings = .plain) {
            scene = Scene(settings)
            story = UnitStory(of: unit(number))
        }

        mutating func tell(_ event: Coordinator.Event, after seconds: Double = 0) {
            story.prepare(for: event, scene.coordinator)
            let directives = scene.tell(event, after: seconds)
            lines += story.entries(after: event, directives, scene.coordinator).map(\.text)
        }
    }

    @Test("A story has submission, lease, result, commit and a dropped duplicate")
    func finishedUnit() {
        var watched = Watched(2)
        watched.tell(.sweepSubmitted(submission(0..<4)))
        watched.tell(.hello(address("a"), hello("a")))
        watched.tell(.reported(address("a"), [finished(2, attempt(1))]))
        watched.tell(.committed(commit(1)))
        watched.tell(.reported(address("a"), [finished(2, attempt(1))]))
        #expect(
            watched.lines == [
                "submitted", "leased to a under 1.1", "result received from a under 1.1", "committed",
                "a report from a under 1.1 dropped as a duplicate",
            ])
    }

    @Test("A unit that kills its workers is charged with the reason, leased again and quarantined")
    func poison() {
        var watched = Watched(0)
        watched.tell(.sweepSubmitted(submission(0..<1)))
        for name in ["a", "b", "c"] {
            watched.tell(.hello(address(name), hello(name)))
            watched.tell(.connectionLost(address(name), reason: "closed"))
        }
        #expect(
            watched.lines == [
                "submitted",
                "leased to a under 1.1",
                "worker a lost while it held the unit under 1.1: closed",
                "charged with the death of a under 1.1: Worker a died while it trained this unit alone: closed.",
                "leased to b under 1.2",
                "worker b lost while it held the unit under 1.2: closed",
                "charged with the death of b under 1.2: Worker b died while it trained this unit alone: closed.",
                "leased to c under 1.3",
                "worker c lost while it held the unit under 1.3: closed",
                "charged with the death of c under 1.3: Worker c died while it trained this unit alone: closed.",
                "quarantined: Worker c died while it trained this unit alone: closed.",
            ])
    }

    @Test("A story has returned leases, failures with their reason, suspension and cancellation")
    func returned() {
        var watched = Watched(1)
        watched.tell(.sweepSubmitted(submission(0..<4)))
        watched.tell(.hello(address("a"), hello("a")))
        watched.tell(.returned(address("a"), attempt(1), units([1])))
        watched.tell(.draining(address("a")))
        watched.tell(.hello(address("b"), hello("b")))
        watched.tell(.reported(address("b"), [failed(1, attempt(2), "out of memory")]))
        watched.tell(.hostSuspended(SuspendedHost(host: "b", label: "b", reason: "broken")))
        watched.tell(.sweepCancelled(sweep))
        #expect(
            watched.lines == [
                "submitted", "leased to a under 1.1", "given back by a under 1.1, not started", "leased to b under 1.2",
                "failed on b under 1.2: out of memory", "leased to b under 1.3",
                "withdrawn from b under 1.3: its host is suspended: broken",
                "its failure on b under 1.2 is forgiven",
                "cancelled: no sweep wants it any more",
            ])
    }

    @Test("The story has a dropped report of a unit that no sweep wants")
    func stranger() {
        var watched = Watched(9)
        watched.tell(.sweepSubmitted(submission(0..<4)))
        watched.tell(.hello(address("a"), hello("a")))
        watched.tell(.reported(address("a"), [finished(9, attempt(1))]))
        #expect(
            watched.lines == ["a report from a under 1.1 dropped: it was not leased the unit, or no sweep wants it"])
    }

    @Test("The story begins with the unit's state at the start of the journal")
    func beginning() {
        var watched = Watched(2)
        #expect(watched.story.begin(with: watched.scene.coordinator) == nil)
        watched.tell(.sweepSubmitted(submission(0..<4)))
        watched.tell(.hello(address("a"), hello("a")))
        #expect(
            watched.story.begin(with: watched.scene.coordinator)?.text
                == "the journal begins here, or begins again after a gap: leased, held by a under 1.1")
    }
}

@Suite("Description of an event after a trap")
struct InspectionTests {
    @Test("A description of an event has its worker, its units, their leases and their failures")
    func described() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        let event = Coordinator.Event.reported(address("a"), [finished(0, attempt(1)), finished(77, attempt(1))])
        let lines = scene.coordinator.described(for: event)
        #expect(lines.contains { $0.hasPrefix("worker a (\(process("a"))): leases [1.1]") })
        #expect(lines.contains { $0.hasPrefix("unit \(unit(0)): leased, suspect false, failures []") })
        #expect(lines.contains { $0.hasPrefix("  held under 1.1 by a: 2 units unfinished") })
        #expect(lines.contains("unit \(unit(77)): not known"))
    }

    @Test("Control characters of names and reasons do not reach a terminal")
    func controls() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a\u{1B}[2J\n")
        let lines = scene.coordinator.described(for: .traffic(address("a\u{1B}[2J\n")))
        #expect(lines.contains { $0.hasPrefix("worker a\\u{1B}[2J\\n (") }, "\(lines)")
    }

    @Test("The description is short, however large the event")
    func short() {
        var scene = Scene()
        scene.submit(1000)
        let event = Coordinator.Event.reported(address("x"), (0..<1000).map { finished($0, attempt(1)) })
        #expect(scene.coordinator.described(for: event).count < 30)
        #expect(event.summary.count < 1200)
        #expect(Coordinator.Event.sweepSubmitted(submission(0..<100_000)).summary.count < 200)
    }
}
