import Features
import Foundation
import Testing

@Suite struct FeatureTaskTests {
    @Test("The fixture's tasks label all samples with four balanced classes")
    func readsFixture() throws {
        let set = try FeatureSet.open(Fixture.wordnet)
        #expect(set.tasks == ["lexname", "lexname-grouped"])
        let task = try set.task("lexname")
        #expect(task.kind == .classification)
        #expect(task.samples == Array(0..<64))
        #expect(task.classNames == ["artifact", "person", "plant", "food"])
        for label in Int32(0)..<4 { #expect(task.labels.count { $0 == label } == 16) }
        #expect(task.groups == nil)
        let grouped = try set.task("lexname-grouped")
        #expect(grouped.labels == task.labels)
        #expect(try Set(#require(grouped.groups)).count == 16)
        #expect(grouped.digest != task.digest)
    }

    static let tasks: [FeatureTask] = [
        FeatureTask(
            name: "classes", kind: .classification, metric: "top1", classes: 3, classNames: ["a", "b", "c"],
            samples: [1, 5, 63], targets: .classes([2, 0, 1]), groups: [4, 4, 0], split: [0, 1, 0]),
        FeatureTask(
            name: "yes.no", kind: .binary, metric: "average-precision", classes: 2, samples: [0, 1],
            targets: .classes([1, 0])),
        FeatureTask(
            name: "many-labels", kind: .multilabel, metric: "macro-average-precision", classes: 3, samples: [7, 8],
            targets: .indicators([0, 1, 1, 0, 0, 0]), groups: [1, 2]),
        FeatureTask(
            name: "order", kind: .ranking, metric: "kendall-tau", classes: 1, samples: [0, 3],
            targets: .scores([-1.5, 3e8]), split: [1, 0], types: [3, 3]),
    ]

    @Test("A task of any kind is read as it was written", arguments: tasks)
    func roundTrip(task: FeatureTask) throws {
        let folder = try TemporaryFolder()
        let set = try FeatureSet.open(Fixture.copyOfWordnet(in: folder))
        try FeatureSetWriter(extending: set).writeTask(task)
        let read = try set.storedTask(task.name)
        #expect(read == task)
        #expect(read.digest == task.digest)
        #expect(set.findings().isEmpty)
    }

    @Test("A task's digest changes with everything that a result depends on, and with nothing else")
    func digests() {
        let task = Self.tasks[0]
        var renamed = task
        renamed.name = "other"
        renamed.classNames = nil
        renamed.metric = "top5"
        #expect(renamed.digest == task.digest)
        let changes: [(inout FeatureTask) -> Void] = [
            { $0.samples[0] = 2 }, { $0.targets = .classes([2, 0, 0]) }, { $0.groups = nil }, { $0.groups?[0] = 5 },
            { $0.split?[0] = 1 }, { $0.split = nil }, { $0.classes = 4 }, { $0.kind = .binary },
        ]
        var digests: Set<String> = [task.digest]
        for change in changes {
            var changed = task
            change(&changed)
            digests.insert(changed.digest)
        }
        #expect(digests.count == changes.count + 1)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var change: @Sendable (inout FeatureTask) -> Void
        var message: String
        var testDescription: String { message }
    }

    static let damages: [Damage] = [
        Damage(change: { $0.targets = .classes([2, 0, 3]) }, message: "tensor \"labels\", row 2"),
        Damage(change: { $0.targets = .classes([-1, 0, 1]) }, message: "tensor \"labels\", row 0"),
        Damage(change: { $0.samples = [1, 5, 64] }, message: "tensor \"samples\", row 2"),
        Damage(change: { $0.samples = [1, 1, 63] }, message: "tensor \"samples\", row 1"),
        Damage(change: { $0.samples = [5, 1, 63] }, message: "tensor \"samples\", row 1"),
        Damage(change: { $0.split = [0, 1, 2] }, message: "tensor \"split\", row 2"),
        Damage(change: { $0.groups = [0, -1, 2] }, message: "tensor \"groups\", row 1"),
        Damage(change: { $0.classNames = ["a"] }, message: "classNames"),
        Damage(change: { $0.classes = 1 }, message: "classes"),
    ]

    @Test("An invalid task is rejected with field and row", arguments: damages)
    func refuses(damage: Damage) throws {
        let folder = try TemporaryFolder()
        let set = try FeatureSet.open(Fixture.copyOfWordnet(in: folder))
        var task = Self.tasks[0]
        damage.change(&task)
        try FeatureSetWriter(extending: set).writeTask(task)
        let error = #expect(throws: FeatureError.self) { try set.task(task.name) }
        #expect(error?.field == damage.message)
    }

    @Test("Scores must be finite")
    func refusesNaNScore() throws {
        let folder = try TemporaryFolder()
        let set = try FeatureSet.open(Fixture.copyOfWordnet(in: folder))
        var task = Self.tasks[3]
        task.targets = .scores([1, .nan])
        try FeatureSetWriter(extending: set).writeTask(task)
        let error = #expect(throws: FeatureError.self) { try set.task("order") }
        #expect(error?.field == "tensor \"scores\", row 1")
    }

    @Test("A task with an invalid file name is not written", arguments: ["", "../x", ".hidden", "a b", "a/b"])
    func refusesName(name: String) throws {
        let folder = try TemporaryFolder()
        let set = try FeatureSet.open(Fixture.copyOfWordnet(in: folder))
        var task = Self.tasks[0]
        task.name = name
        #expect(throws: FeatureError.self) { try FeatureSetWriter(extending: set).writeTask(task) }
    }

    @Test("An unknown task is rejected with the known tasks")
    func refusesUnknown() throws {
        let error = #expect(throws: FeatureError.self) { try FeatureSet.open(Fixture.wordnet).task("species") }
        #expect(error?.expected == "one of lexname, lexname-grouped")
    }
}
