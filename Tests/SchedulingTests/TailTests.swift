import Scheduling
import Testing

@Suite("The tail of a sweep")
struct TailTests {
    @Test("An idle worker steals a lease that has not begun")
    func redistribution() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        var scene = Scene(settings)
        scene.submit(8)
        scene.join("a")
        #expect(
            scene.tell(.hello(address("b"), hello("b"))) == [
                .welcome(address("b"), plainWelcome), .note(.workerJoined("b", process("b"))),
                .cancel(address("a"), attempt(2), []), .lease(address("b"), lease(3, 4..<8)),
            ])
    }

    @Test("The last units get a speculative copy on an idle worker once that is likely to be sooner")
    func copy() {
        var scene = Scene()
        scene.trainSlowly()
        // Four seconds were predicted; after these, another four must be expected.
        #expect(
            scene.tell(.timerFired, after: 0.25) == [
                .lease(address("b"), lease(2, [0])), .note(.leaseCopied("b", attempt(1), units: 1)),
            ])
    }

    @Test("The first result of the two wins, and the other is cancelled")
    func race() {
        var scene = Scene()
        scene.submit(1, cost: 1)
        scene.join("a", "b")
        scene.tell(.timerFired, after: 1.5)
        #expect(
            scene.tell(.reported(address("b"), [finished(0, attempt(2))])) == [
                .cancel(address("a"), attempt(1), []), .commit(commit(1), [row(0, attempt(2), "b")]),
            ])
        scene.tell(.committed(commit(1)))
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                .acknowledge(address("a"), [receipt(0, attempt(1))]), .note(.duplicatesDropped("a", units: 1)),
            ])
    }

    @Test("A slow worker is recognised early by its progress, and its units are divided by speed")
    func slow() {
        var scene = Scene()
        scene.submit(4)
        scene.join("slow")
        scene.tell(.heartbeat(address("slow"), [.training(1, 4, progress: 0.05)]), after: 1)
        #expect(
            scene.tell(.hello(address("b"), hello("b"))) == [
                .welcome(address("b"), plainWelcome), .note(.workerJoined("b", process("b"))),
                .lease(address("b"), lease(2, 1..<4)), .note(.leaseCopied("b", attempt(1), units: 3)),
            ])
    }

    @Test("Suspects get no speculative copies")
    func suspects() {
        var scene = Scene()
        scene.submit(1)
        scene.join("z")
        scene.tell(.connectionLost(address("z"), reason: "killed"))
        scene.join("a", "b")
        #expect(scene.tell(.timerFired, after: 3) == [])
    }
}
