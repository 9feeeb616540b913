import Probes
import Sweeps
import Testing
import Units

@Suite("Inputs and preparations of pooled probes")
struct PooledInputAxisTests {
    private func probes(_ text: String) throws -> [ProbeConfiguration] {
        let plan = try PlanTests.plan("layers: 0\nfolds: {count: 2}\nprobes:\n" + text)
        return plan.passes.flatMap { $0.units.map(\.unit) }.filter { $0.fold.heldOut == 0 }.map(\.probe)
    }

    private func problems(_ text: String) -> [SpecificationError.Problem] {
        do {
            _ = try probes(text)
            return []
        } catch {
            return (error as? SpecificationError)?.problems ?? []
        }
    }

    @Test("A list of preparations is an axis, and none of them leaves the unit as it was before there were any")
    func axis() throws {
        let found = try probes("  - {type: linear, prepare: [none, standardise, l2, pca-64, whiten]}")
        #expect(
            found.map { $0.options["prepare"] } == [nil]
                + ["standardise", "l2", "pca-64", "whiten"].map(OptionValue.text))
        #expect(try found.prefix(1) == probes("  - linear")[...])
    }

    @Test("Every way to read a vector is an input", arguments: ["last", "first", "max", "position 3"])
    func inputs(_ input: String) throws {
        #expect(try probes("  - {type: knn, input: \(input)}").map { $0.options["input"] } == [.text(input)])
    }

    @Test(
        "A value that is none is refused with its field",
        arguments: [
            ("prepare", "pca"), ("prepare", "pca-0"), ("prepare", "zca"), ("input", "position"), ("input", "middle"),
        ])
    func invalid(_ field: String, _ value: String) {
        #expect(problems("  - {type: linear, \(field): \(value)}").map(\.field) == ["probes.\(field)"])
    }

    @Test("A position that some sample lacks, and more components than dimensions, are refused when a sweep is planned")
    func unfit() {
        #expect(problems("  - {type: linear, input: position 4}").map(\.field) == ["probes[0].input"])
        #expect(problems("  - {type: linear, prepare: pca-385}").map(\.field) == ["probes[0].prepare"])
        #expect(problems("  - {type: linear, input: class+mean, prepare: pca-385}").isEmpty)
    }

    @Test(
        "A probe that learns nothing, or starts from given weights, refuses a preparation and says which probes have one"
    )
    func without() {
        for type in ["finetune", "zeroshot"] {
            let found = problems("  - {type: \(type), prepare: standardise}")
            #expect(found.map(\.field) == ["probes.prepare"])
            #expect(found.first?.remedy?.contains("linear, dinov2, mlp, knn, efficient") == true)
        }
    }

    @Test("A probe that reads tokens refuses to prepare vectors")
    func tokens() {
        #expect(problems("  - {type: efficient, prepare: whiten}").map(\.field) == ["probes.prepare"])
        #expect(problems("  - {type: efficient, prepare: [standardise, l2, layer-norm]}").isEmpty)
    }
}
