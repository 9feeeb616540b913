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

    @Test("Blocks of every type are known by their weights, and refused under another type, ε or number of heads")
    func blockTypes() throws {
        func refused(_ options: [String: OptionValue], _ metadata: [String: String], layer: Int = 1) -> ProbeError? {
            var shape = ProbeShape(width: 48, tokens: 16, classes: 3, hasClassToken: true)
            var weights = backbone
            if metadata["block-type"] == "layer-scale" {
                for block in 0..<2 { for scale in 1...2 { weights["blocks.\(block).ls\(scale).gamma"] = [48] } }
            }
            if metadata["block-type"] == "post-norm" { weights["norm.weight"] = nil }
            var surroundings = ProbeSurroundings(
                layer: layer, earlierLayers: layer, hasFinalNorm: metadata["block-type"] == "post-norm", registers: 0,
                weights: weights)
            surroundings.weightsMetadata = metadata
            shape.surroundings = surroundings
            let asked = ProbeConfiguration(type: "finetune", options: options)
            let following = FollowingBlocks(BackboneWeights(shapes: weights, metadata: metadata), layer: layer)
            return refusal("finetune", following.resolve(asked).options, shape: shape)
        }
        let rest: [String: OptionValue] = ["blocks": .text("rest"), "heads": .text("backbone")]
        let bert = ["block-type": "post-norm", "heads": "12", "epsilon": "1e-12"]
        for metadata in [[:], ["block-type": "layer-scale", "heads": "6", "epsilon": "1e-06"], bert] {
            for layer in 0..<2 { #expect(refused(rest, metadata, layer: layer) == nil, "\(metadata)") }
        }
        for (name, value) in [
            ("block-type", OptionValue.text("pre-norm")), ("heads", .integer(6)), ("epsilon", .text("1e-6")),
        ] {
            let error = refused(rest.merging([name: value]) { $1 }, bert)
            #expect(error?.option == name && error?.remedy.contains(bert[name] ?? "?") == true, "\(name)")
        }
        for (name, value) in [("block-type", "parallel"), ("heads", "many"), ("epsilon", "1e-3")] {
            #expect(refused(rest, [name: value])?.option == name)
        }
    }

    @Test("What plain vision transformers compute is left out of their options, so that their keys stay")
    func plainBlocks() {
        let asked = ProbeConfiguration(
            type: "finetune", options: ["blocks": .text("rest"), "heads": .text("backbone")])
        func resolved(_ configuration: ProbeConfiguration, _ metadata: [String: String]) -> [String: OptionValue] {
            FollowingBlocks(BackboneWeights(shapes: backbone, metadata: metadata), layer: 0).resolve(configuration)
                .options
        }
        let plain: [String: OptionValue] = ["blocks": .integer(2), "heads": .integer(12)]
        #expect(resolved(asked, [:]) == plain)
        #expect(resolved(asked, ["block-type": "pre-norm", "heads": "12", "epsilon": "1e-6"]) == plain)
        var explicit = asked
        explicit.options["block-type"] = .text("pre-norm")
        explicit.options["epsilon"] = .text("1e-6")
        #expect(resolved(explicit, [:]) == plain)
        #expect(
            resolved(asked, ["block-type": "post-norm", "heads": "8", "epsilon": "1e-12"]) == [
                "blocks": .integer(2), "heads": .integer(8), "block-type": .text("post-norm"),
                "epsilon": .text("1e-12"),
            ])
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
