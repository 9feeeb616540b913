import Foundation
import Identities
import Sweeps
import Testing
import Units

@Suite("A plan over every kind of task")
struct TaskKindPlanTests {
    private static func task(
        _ name: String, _ kind: String, _ metric: String, counts: [Int], classes: Int
    ) -> TaskFacts {
        TaskFacts(
            name: name, digest: "digest of \(name)", kind: kind, metric: metric, classes: classes, classNames: nil,
            samples: 1000, classCounts: counts, groups: 100, hasSplit: false)
    }

    private static let facts = Samples.facts(
        layers: 0..<2,
        tasks: [
            task("lexname", "classification", "top1", counts: Array(repeating: 100, count: 10), classes: 10),
            task("tags", "multilabel", "macro-average-precision", counts: [500, 3, 80], classes: 3),
            task("clips", "retrieval", "mean-average-precision", counts: [750, 250], classes: 2),
            task("instance", "binary", "average-precision", counts: [750, 250], classes: 2),
            task("depth", "ranking", "kendall-tau", counts: [], classes: 1),
            task("height", "regression", "r2", counts: [], classes: 1),
        ])

    private static func plan(_ text: String) throws -> Plan {
        try Plan.make(SweepSpecification.read(text: "features: /data/wordnet\n" + text, file: "a.yaml"), facts)
    }

    private static func problems(_ text: String) -> [String] {
        do {
            _ = try plan(text)
            return []
        } catch let error as SpecificationError {
            return error.problems.map { "\($0)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test("trains all of them by gradient and with neighbours, and counts one output for heads with one")
    func kinds() throws {
        let plan = try Self.plan("folds: {count: 2}\nprobes: [linear, knn]")
        #expect(plan.unitCount == 2 * 6 * 2 * 2)
        let units = plan.passes.flatMap { Array($0.units) }
        #expect(units.allSatisfy { $0.key == $0.unit.key })
        let outputs = Dictionary(units.map { ($0.unit.task.kind, $0.unit.task.outputs) }) { $1 }
        #expect(
            outputs == [
                "classification": 10, "multilabel": 3, "retrieval": 1, "binary": 1, "ranking": 1, "regression": 1,
            ])
    }

    @Test(
        "rejects impossible combinations",
        arguments: [
            ("probes: [{type: linear, solver: logistic}]", "predicts classes and not numbers"),
            ("probes: [{type: linear, solver: ridge}]", "compares no pairs"),
            ("probes: [{type: linear, solver: ridge}]\nclass-weights: balanced", "weighs all rows alike"),
            ("tasks: [{name: depth, loss: softmax}]", "trains no ranking tasks"),
            ("tasks: [{name: lexname, negatives: 3}]", "can be drawn for binary and retrieval tasks"),
            ("tasks: [{name: depth, metric: top1}]", "is not a metric of ranking tasks"),
            ("tasks: [depth]\nshots: 5", "counts samples of a class"),
            ("tasks: [tags]\nshots: [1, 5]", "is more than the 3 samples of class"),
            ("shots: 0%", "is not a valid number of shots"),
            ("protocol: honest", "is not one of the choices"),
        ])
    func refusals(_ text: String, _ reason: String) {
        #expect(Self.problems(text).contains { $0.contains(reason) }, "\(Self.problems(text))")
    }

    @Test("rejects keeping predictions that do not fit into a message")
    func largePredictions() {
        let wide = TaskFacts(
            name: "imagenet", digest: "d", kind: "classification", metric: "top1", classes: 1000, classNames: nil,
            samples: 50_000, classCounts: Array(repeating: 50, count: 1000), groups: nil, hasSplit: false)
        func problems(_ folds: Int) -> [String] {
            do {
                let text = "features: /data/wordnet\nlayers: [4]\nkeep: predictions\nfolds: {count: \(folds)}"
                _ = try Plan.make(
                    SweepSpecification.read(text: text, file: "a.yaml"), Samples.facts(layers: 0..<7, tasks: [wide]))
                return []
            } catch {
                return ["\(error)"]
            }
        }
        #expect(problems(5).contains { $0.contains("38 MiB a fold") })
        #expect(problems(50).allSatisfy { $0.contains("keep") })
    }

    @Test("has shots and draws as an axis, and the keys of whole folds do not change")
    func shots() throws {
        let whole = try Self.plan("tasks: [lexname]")
        let plan = try Self.plan("tasks: [lexname]\nshots: [1, 5, 10%, all]\ndraws: 2")
        #expect(plan.unitCount == whole.unitCount * 7)
        let keys = Set(plan.passes.flatMap { $0.units.map(\.key) })
        #expect(keys.count == plan.unitCount)
        #expect(keys.isSuperset(of: whole.passes.flatMap { $0.units.map(\.key) }))
        #expect(plan.passes.flatMap { Array($0.units) }.allSatisfy { $0.key == $0.unit.key })
        #expect(plan.passes[0].probes.map(\.folds) == [10, 10, 10, 5])
    }

    @Test("can have both protocols")
    func protocols() throws {
        let both = try Self.plan("tasks: [lexname]\nprotocol: both").passes.flatMap { $0.units.map(\.unit) }
        #expect(both.count { $0.solver.selection.protocol == nil } * 3 == both.count)
        #expect(both.count { $0.solver.selection.protocol == "paired" } * 3 == both.count)
        let refit = try Self.plan("tasks: [lexname]\nprotocol: both\nselection: {refit: true}").passes.flatMap {
            $0.units.map(\.unit)
        }
        #expect(refit.count { $0.solver.selection.isOptimistic } * 2 == refit.count, "all rows train either way")
    }

    @Test("omits every new field from units that do not use it")
    func keys() throws {
        let unit = try #require(try Self.plan("tasks: [lexname]").passes[0].units.first)
        let form = String(decoding: unit.canonicalForm.bytes, as: UTF8.self)
        for field in ["shots", "protocol", "classWeights", "sampling", "loss"] {
            #expect(!form.contains("\"\(field)\":"), "\(field)")
        }
        #expect(form.contains(#""selection":{"fraction":0.1,"refit":false}"#))
    }

    @Test(
        "is read from its own rendered text",
        arguments: [
            "selection: {method: folds, folds: 4}", "selection: {fraction: 0.2, refit: true}", "protocol: both",
            "shots: [1, 5, 10%, all]\ndraws: 5", "class-weights: balanced\nkeep: predictions",
            "tasks: [{name: clips, negatives: 3, loss: pairwise}, {name: depth, metric: grouped-spearman}]",
        ])
    func rendering(_ text: String) throws {
        let first = try SweepSpecification.read(text: "features: /data/wordnet\n" + text, file: "a.yaml")
        var second = try SweepSpecification.read(text: first.yaml, file: "a.yaml")
        second.source = first.source
        #expect(second == first)
    }
}
