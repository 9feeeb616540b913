import Identities
import Testing

@testable import Scheduling

@Suite("Work goes where its features are")
struct InputTests {
    private static let vit = UnitInputs(id: InputID("21f0"), content: "vit/12", folder: "/data/vit")
    private static let bert = UnitInputs(id: InputID("77aa"), content: "bert/4", folder: "/data/bert")

    /// Units of one pass that read `vit`, and behind them units that read `bert`.
    private func submission(vit: Range<Int>, bert: Range<Int> = 0..<0) -> SweepSubmission {
        let items =
            vit.map { WorkItem(unit($0), cost: 1, inputs: 1) } + bert.map { WorkItem(unit($0), cost: 1, inputs: 2) }
        return SweepSubmission(
            sweep: sweep, passes: [WorkPass(PassID("layer 0"), items)], inputs: [Self.vit, Self.bert])
    }

    private func reads(_ name: String, _ states: [InputState], roots: [String] = []) -> Coordinator.Event {
        .inputsChecked(address(name), states, roots: roots)
    }

    private func can(_ inputs: UnitInputs) -> InputState { InputState(id: inputs.id) }
    private func cannot(_ inputs: UnitInputs) -> InputState { InputState(id: inputs.id, problem: "nothing is mounted") }

    private func leased(_ directives: [Coordinator.Directive]) -> [UnitKey] {
        directives.flatMap { directive -> [UnitKey] in
            if case .lease(_, _, let lease) = directive { lease.units } else { [] }
        }
    }

    @Test("A worker is asked when it joins and when a sweep is submitted, and gets nothing before it answers")
    func asked() {
        var scene = Scene()
        scene.join("a")
        let queries = [Self.vit, Self.bert].map { InputQuery(id: $0.id, content: $0.content, folders: [$0.folder]) }
        #expect(scene.tell(.sweepSubmitted(submission(vit: 0..<4))) == [.askInputs(address("a"), queries)])
        #expect(leased(scene.tell(.hello(address("b"), hello("b")))).isEmpty)
        #expect(leased(scene.tell(reads("b", [can(Self.vit), cannot(Self.bert)]))) == units(0..<4))
    }

    @Test("Who reads only the second task of a pass is leased units of that one")
    func otherTask() {
        var scene = Scene()
        scene.join("a")
        scene.tell(.sweepSubmitted(submission(vit: 0..<600, bert: 600..<604)))
        #expect(leased(scene.tell(reads("a", [cannot(Self.vit), can(Self.bert)]))) == units(600..<604))
    }

    @Test("What no worker has waits without a charge, is named, and goes on when a worker has it")
    func waits() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(vit: 0..<2)))
        var blind = hello("blind")
        blind.host = "node1"
        scene.tell(.hello(address("blind"), blind))
        #expect(scene.coordinator.status(at: scene.now).missingInputs == [])
        scene.tell(reads("blind", [cannot(Self.vit), cannot(Self.bert)], roots: ["/data"]))
        scene.wait(100)
        let status = scene.coordinator.status(at: scene.now)
        #expect(
            status.missingInputs == [
                Coordinator.MissingInputs(
                    content: "vit/12", passes: [PassID("layer 0")], folders: ["/data/vit"], pending: 2,
                    hosts: ["node1"],
                    roots: ["/data"], problem: "nothing is mounted")
            ])
        #expect(status.workers.map(\.failed) == [0])
        #expect(status.secondsToGo == nil)
        // The mount comes back.
        #expect(leased(scene.tell(reads("blind", [can(Self.vit)]))) == units(0..<2))
        #expect(scene.coordinator.status(at: scene.now).missingInputs == [])
    }

    @Test("Units that a worker gives back because it cannot read them go to the one that can")
    func givenBack() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(vit: 0..<2)))
        scene.join("a")
        #expect(leased(scene.tell(reads("a", [can(Self.vit)]))) == units(0..<2))
        scene.tell(reads("a", [cannot(Self.vit)]))
        #expect(leased(scene.tell(.returned(address("a"), attempt(1), units(0..<2)))).isEmpty)
        scene.join("b")
        #expect(leased(scene.tell(reads("b", [can(Self.vit)]))) == units(0..<2))
    }

    @Test("A question whose answer was lost is asked again with a heartbeat")
    func askedAgain() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(vit: 0..<2)))
        scene.join("a")
        func questions(_ directives: [Coordinator.Directive]) -> Int {
            directives.count { if case .askInputs = $0 { true } else { false } }
        }
        #expect(questions(scene.tell(.heartbeat(address("a"), []), after: 1)) == 0)
        #expect(questions(scene.tell(.heartbeat(address("a"), []), after: 3)) == 1)
        scene.tell(reads("a", [can(Self.vit), cannot(Self.bert)]))
        #expect(questions(scene.tell(.heartbeat(address("a"), []), after: 3)) == 0)
    }

    @Test("Another folder with the same features is looked into, too")
    func otherFolder() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(vit: 0..<2)))
        scene.join("a")
        scene.tell(reads("a", [cannot(Self.vit)]))
        var again = submission(vit: 0..<2)
        again.sweep = SweepID(2)
        again.inputs[0].folder = "/mnt/vit"
        let query = InputQuery(id: Self.vit.id, content: "vit/12", folders: ["/mnt/vit", "/data/vit"])
        #expect(scene.tell(.sweepSubmitted(again)).contains(.askInputs(address("a"), [query])))
    }

    @Test("Units in training are copied only to who can read them")
    func copies() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(vit: 0..<4)))
        scene.join("reader", "blind")
        scene.tell(reads("blind", [cannot(Self.vit), cannot(Self.bert)]))
        #expect(leased(scene.tell(reads("reader", [can(Self.vit)]))) == units(0..<4))
        scene.wait(20)
        #expect(leased(scene.tell(.timerFired)).isEmpty)
        scene.join("other")
        scene.tell(reads("other", [can(Self.vit)]))
        #expect(!leased(scene.tell(.timerFired, after: 1)).isEmpty)
    }
}
