import Probes
import Testing

@Suite("Configurations")
struct CatalogTests {
    private let shape = ProbeShape(width: 384, tokens: 1...16, classes: 11, hasClassToken: true)

    private func refusal(_ type: String, _ options: [String: OptionValue], shape: ProbeShape? = nil) -> ProbeError? {
        let configuration = ProbeConfiguration(type: type, options: options)
        do throws(ProbeError) {
            _ = try ProbeCatalog.probe(configuration, shape: shape ?? self.shape)
            return nil
        } catch {
            return error
        }
    }

    @Test("An unknown probe is refused with the nearest name")
    func unknownProbe() throws {
        let error = try #require(refusal("eficient", [:]))
        #expect(error.description.contains("did you mean efficient?"))
    }

    @Test("An unknown option is refused with the nearest name")
    func unknownOption() throws {
        let error = try #require(refusal("efficient", ["querys": .integer(4)]))
        #expect(error.option == "querys")
        #expect(error.remedy.hasPrefix("did you mean queries?"))
    }

    @Test(
        "A value of the wrong kind is refused",
        arguments: [
            ("efficient", "queries", OptionValue.integer(0)), ("efficient", "queries", .text("many")),
            ("efficient", "output", .text("D/0")), ("efficient", "output", .text("W/2")),
            ("linear", "input", .text("max")), ("linear", "input", .integer(1)),
            ("mlp", "hidden", .list([])), ("mlp", "hidden", .list([.integer(-1)])), ("mlp", "hidden", .integer(3)),
        ])
    func wrongKind(_ type: String, _ option: String, _ value: OptionValue) throws {
        let error = try #require(refusal(type, [option: value]))
        #expect(error.option == option)
    }

    @Test("Queries that do not divide the output are refused, as is a divisor that does not divide D")
    func divisors() throws {
        #expect(refusal("efficient", ["queries": .integer(12), "output": .integer(100)])?.option == "queries")
        #expect(refusal("efficient", ["output": .text("D/7")])?.option == "output")
        #expect(refusal("efficient", ["queries": .integer(12)]) == nil)
    }

    @Test("A probe that reads the class token is refused where there is none", arguments: ["class", "class+mean"])
    func classToken(_ input: String) {
        var shape = shape
        shape.hasClassToken = false
        for type in ["linear", "mlp", "knn"] {
            #expect(refusal(type, ["input": .text(input)], shape: shape) != nil)
            #expect(refusal(type, ["input": .text("mean")], shape: shape) == nil)
        }
        #expect(refusal("efficient", ["tokens": .text("all")], shape: shape) != nil)
    }

    @Test("Defaults are filled in, so that equal probes have equal configurations")
    func defaults() throws {
        let complete = try ProbeCatalog.complete(ProbeConfiguration(type: "efficient"))
        #expect(complete.options == ["queries": .integer(32), "output": .text("D"), "tokens": .text("patch")])
        #expect(try ProbeCatalog.complete(complete) == complete)
    }

    @Test("Every type's defaults fit its own schema and a common shape")
    func everyType() throws {
        let shape = ProbeShape(width: 384, tokens: 16, classes: 11, hasClassToken: true)
        for type in ProbeCatalog.types {
            #expect(refusal(type.name, [:], shape: shape) == nil, "\(type.name)")
            #expect(!type.summary.isEmpty && type.options.allSatisfy { !$0.summary.isEmpty })
        }
    }
}
