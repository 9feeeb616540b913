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
            ("linear", "input", .text("middle")), ("linear", "input", .integer(1)),
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

    @Test(
        "A probe that reads the class token is rejected for features without one", arguments: ["class", "class+mean"])
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

    @Test("An option that was added later is omitted at its default, so that keys stay")
    func laterOptions() throws {
        for type in ["clip", "cbam"] {
            #expect(try ProbeCatalog.complete(ProbeConfiguration(type: type)).options.isEmpty)
        }
        let all = ProbeConfiguration(type: "clip", options: ["tokens": .text("all")])
        #expect(try ProbeCatalog.complete(all) == all)
    }

    @Test("Probes that do not fit the grid, the positions or the backbone are rejected with the reason")
    func surroundings() throws {
        let square = ProbeShape(width: 48, tokens: 16, classes: 3, hasClassToken: true)
        let cbam = refusal("cbam", ["tokens": .text("all")], shape: square)
        #expect(cbam?.problem.contains("not on the grid") == true)
        let oblong = ProbeShape(width: 48, tokens: 12, classes: 3, hasClassToken: true)
        #expect(refusal("cbam", [:], shape: oblong)?.problem == "12 tokens are not a square grid")
        func refused(
            _ type: String, _ options: [String: OptionValue], _ change: (inout ProbeSurroundings) -> Void
        ) -> ProbeError? {
            var shape = square
            var surroundings = ProbeSurroundings(
                layer: 1, earlierLayers: 2, hasFinalNorm: false, registers: 0, weights: backbone)
            change(&surroundings)
            shape.surroundings = surroundings
            return refusal(type, options, shape: shape)
        }
        #expect(refused("clip", ["tokens": .text("all")]) { $0.registers = 2 }?.problem.contains("registers") == true)
        #expect(refused("clip", ["tokens": .text("all")]) { _ in } == nil)
        #expect(refused("dinov2", ["layers": .integer(3)]) { _ in } == nil)
        #expect(refused("dinov2", ["layers": .integer(4)]) { _ in }?.option == "layers")
        #expect(refused("zeroshot", [:]) { $0.weights = ["class_embeddings": [3, 48]] } == nil)
        #expect(refused("zeroshot", [:]) { $0.weights = ["class_embeddings": [4, 48]] }?.option == "weights")
        #expect(refused("finetune", ["blocks": .integer(1)]) { _ in } == nil)
        #expect(refused("finetune", ["blocks": .integer(2)]) { _ in }?.option == "blocks")
        #expect(refused("finetune", ["blocks": .integer(2)]) { $0.layer = 0 } == nil)
        let finetune = refused("finetune", ["blocks": .integer(1)]) { $0.hasFinalNorm = true }
        #expect(finetune?.problem.contains("norm") == true)
        for change in [("blocks.1.mlp.fc1.weight", nil), ("norm.bias", [47]), ("blocks.1.ls1.gamma", [48])] {
            let error = refused("finetune", ["blocks": .integer(1)]) { $0.weights?[change.0] = change.1 }
            #expect(error?.problem.contains(change.0) == true, "\(change.0)")
        }
    }

    /// Shapes of a vision transformer of two blocks, D = 48.
    private var backbone: [String: [Int]] {
        var shapes = ["norm.weight": [48], "norm.bias": [48], "pos_embed": [1, 17, 48]]
        for block in 0..<2 {
            for (name, rows, columns) in [
                ("attn.qkv", 144, 48), ("attn.proj", 48, 48), ("mlp.fc1", 192, 48), ("mlp.fc2", 48, 192),
            ] {
                shapes["blocks.\(block).\(name).weight"] = [rows, columns]
                shapes["blocks.\(block).\(name).bias"] = [rows]
            }
            for name in ["norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias"] {
                shapes["blocks.\(block).\(name)"] = [48]
            }
        }
        return shapes
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
