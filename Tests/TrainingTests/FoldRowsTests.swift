import Features
import Sweeps
import Testing
import Units

@testable import Training

@Suite("The rows of a unit")
struct FoldRowsTests {
    private static let samples = 600

    /// Four classes of falling size in groups of six.
    private static let task = FeatureTask(
        name: "t", kind: .classification, metric: "top1", classes: 4, samples: Array(0..<samples),
        targets: .classes((0..<samples).map { Int32([0, 0, 0, 0, 1, 1, 1, 2, 2, 3][$0 * 7 % 10]) }),
        groups: (0..<samples).map { Int32($0 / 6) })

    private static func rows(
        _ selection: SelectionSettings, shots: Shots? = nil, scheme: String = "grouped", fold: Int = 0
    ) throws -> FoldRows {
        try FoldRows(
            task: task, fold: FoldReference(scheme: scheme, count: 5, seed: 3, repetition: 0, heldOut: fold),
            selection: selection, shots: shots)
    }

    static let selections = [
        SelectionSettings(fraction: 0.1, refit: false), SelectionSettings(fraction: 0.1, refit: true),
        SelectionSettings(fraction: 0, refit: true, folds: 4),
    ]

    @Test(
        "for selection are never test rows, nor of their groups", arguments: selections, [0, 3])
    func honest(_ selection: SelectionSettings, _ fold: Int) throws {
        let rows = try Self.rows(selection, fold: fold)
        let groups = try #require(Self.task.groups)
        let tested = Set(rows.test.map { groups[$0] })
        #expect(tested.isDisjoint(with: rows.fold.map { groups[$0] }))
        #expect((rows.fold + rows.test).sorted() == Array(0..<Self.samples))
        for inner in rows.inner {
            #expect(Set(inner.training.map { groups[$0] }).isDisjoint(with: inner.validation.map { groups[$0] }))
            #expect((inner.training + inner.validation).sorted() == rows.fold)
        }
    }

    @Test("keep the share that is held back in rows where one group is half of all", arguments: 0..<5)
    func largeGroup(_ fold: Int) throws {
        let groups = (0..<1200).map { Int32($0 < 600 ? 0 : $0 / 10) }
        let task = FeatureTask(
            name: "t", kind: .classification, metric: "top1", classes: 2, samples: Array(0..<1200),
            targets: .classes((0..<1200).map { Int32($0 % 2) }), groups: groups)
        let reference = FoldReference(scheme: "grouped", count: 5, seed: 1, repetition: 0, heldOut: fold)
        func counts(_ selection: SelectionSettings) throws -> RowCounts {
            try RowCounts(task: task, fold: reference, selection: selection, shots: nil)
        }
        let selection = SelectionSettings(fraction: 0.1, refit: false)
        let byRows = try counts(selection)
        #expect(!byRows.missesShare(of: selection))
        #expect(byRows.training[0] + byRows.validation[0] + byRows.test == 1200)
    }

    @Test("Inner folds hold each row back once, with balanced classes")
    func innerFolds() throws {
        let rows = try Self.rows(Self.selections[2], scheme: "stratified")
        #expect(rows.inner.count == 4)
        #expect(rows.inner.flatMap(\.validation).sorted() == rows.fold)
        for label in Int32(0)..<4 {
            let counts = rows.inner.map { $0.validation.count { Self.task.labels[$0] == label } }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
    }

    @Test("Under the published protocol selection uses the test fold")
    func published() throws {
        let rows = try Self.rows(SelectionSettings(fraction: 0, refit: false, protocol: "published"))
        #expect(rows.inner.map(\.validation) == [rows.test])
        #expect(rows.inner.map(\.training) == [rows.fold])
        #expect((rows.fold + rows.test).sorted() == Array(0..<Self.samples))
    }

    @Test(
        "Shots are all that a unit sees of its fold, and have the requested number of each class", arguments: [1, 3, 8])
    func shots(_ count: Int) throws {
        let whole = try Self.rows(Self.selections[2])
        let rows = try Self.rows(Self.selections[2], shots: Shots(perClass: count, draw: 0))
        for label in Int32(0)..<4 {
            #expect(rows.fold.count { Self.task.labels[$0] == label } == count)
        }
        #expect(Set(rows.fold).isSubset(of: whole.fold))
        #expect(rows.test == whole.test)
        let other = try Self.rows(Self.selections[2], shots: Shots(perClass: count, draw: 1))
        #expect(other.fold != rows.fold)
    }

    @Test("Shots with more to choose by have the requested number of each class on either side", arguments: [1, 3, 8])
    func extraShots(_ count: Int) throws {
        let whole = try Self.rows(Self.selections[0])
        var shots = Shots(perClass: count, draw: 0)
        shots.validation = "extra"
        let rows = try Self.rows(Self.selections[0], shots: shots)
        for label in Int32(0)..<4 {
            #expect(rows.inner[0].training.count { Self.task.labels[$0] == label } == count)
            let heldBack = whole.inner[0].validation.count { Self.task.labels[$0] == label }
            #expect(rows.inner[0].validation.count { Self.task.labels[$0] == label } == min(count, 4, heldBack))
        }
    }

    @Test("A share is stratified by class, and has the same rows for the same draw")
    func share() throws {
        let whole = try Self.rows(Self.selections[0])
        let rows = try Self.rows(Self.selections[0], shots: Shots(share: 0.1, draw: 2))
        let again = try Self.rows(Self.selections[1], shots: Shots(share: 0.1, draw: 2))
        #expect(rows.inner[0].training == again.inner[0].training)
        for label in Int32(0)..<4 {
            let share = Double(whole.fold.count { Self.task.labels[$0] == label }) * 0.1
            let drawn = rows.fold.count { Self.task.labels[$0] == label }
            #expect(abs(Double(drawn) - share) <= 1)
        }
    }
}
