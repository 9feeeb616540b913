import Numerics
import Probes
import Testing

@Suite("Gradients")
struct GradientTests {
    static let configurations = [
        ProbeConfiguration(type: "linear", options: ["input": .text("class")]),
        ProbeConfiguration(type: "linear", options: ["input": .text("class+mean")]),
        ProbeConfiguration(type: "mlp", options: ["hidden": .list([.integer(7)])]),
        ProbeConfiguration(
            type: "mlp",
            options: ["hidden": .list([.integer(9), .integer(5), .integer(6)]), "input": .text("class+mean")]),
        ProbeConfiguration(
            type: "mlp", options: ["hidden": .list([.integer(9), .integer(5)]), "activation": .text("relu")]),
        ProbeConfiguration(
            type: "mlp", options: ["hidden": .list([.integer(7), .integer(5)]), "head-norm": .text("none")]),
        ProbeConfiguration(type: "efficient", options: ["queries": .integer(1)]),
        ProbeConfiguration(type: "efficient", options: ["queries": .integer(3), "output": .text("D/2")]),
        ProbeConfiguration(
            type: "efficient", options: ["queries": .integer(4), "output": .integer(8), "tokens": .text("all")]),
        ProbeConfiguration(
            type: "mhca", options: ["heads": .integer(2), "attention": .integer(8), "output": .text("D/3")]),
        ProbeConfiguration(type: "aim", options: ["heads": .integer(3)]),
        ProbeConfiguration(type: "siglip", options: ["heads": .integer(2)]),
        ProbeConfiguration(type: "siglip", options: ["heads": .integer(3), "norm": .text("layer")]),
        ProbeConfiguration(type: "simpool"), ProbeConfiguration(type: "abmilp"),
        ProbeConfiguration(type: "abmilp", options: ["self-attention": .text("both"), "depth": .integer(2)]),
        ProbeConfiguration(type: "abmilp", options: ["self-attention": .text("map"), "depth": .integer(3)]),
        ProbeConfiguration(type: "abmilp", options: ["self-attention": .text("both")]),
        ProbeConfiguration(type: "abmilp", options: ["depth": .integer(2)]),
        ProbeConfiguration(type: "esimpool", options: ["heads": .integer(3)]),
        ProbeConfiguration(type: "vit-block", options: ["heads": .integer(3)]), ProbeConfiguration(type: "dolg"),
        ProbeConfiguration(type: "coca"),
        ProbeConfiguration(type: "cae", options: ["heads": .integer(4)]),
        ProbeConfiguration(type: "vjepa", options: ["heads": .integer(2)]),
        ProbeConfiguration(type: "cait", options: ["heads": .integer(3)]),
        ProbeConfiguration(type: "vjepa2", options: ["heads": .integer(2), "blocks": .integer(2)]),
        ProbeConfiguration(type: "finetune", options: ["heads": .integer(3), "blocks": .integer(2)]),
        ProbeConfiguration(
            type: "finetune",
            options: ["heads": .integer(2), "input": .text("mean"), "tokens": .text("patch")]),
        ProbeConfiguration(
            type: "finetune",
            options: ["heads": .integer(3), "blocks": .integer(2), "block-type": .text("layer-scale")]),
        ProbeConfiguration(
            type: "finetune",
            options: [
                "heads": .integer(2), "blocks": .integer(2), "block-type": .text("post-norm"),
                "epsilon": .text("1e-12"), "input": .text("mean"),
            ]),
        ProbeConfiguration(type: "dinov2", options: ["layers": .integer(2), "input": .text("class+mean")]),
    ]

    @Test(
        "Every gradient matches finite differences, including head and batch norm", arguments: configurations,
        KernelPath.available)
    func finiteDifferences(_ configuration: ProbeConfiguration, path: KernelPath) throws {
        try check(configuration, lengths: [5, 3, 7, 2, 5, 4], on: path)
    }

    static let rigid = [
        ProbeConfiguration(type: "clip"), ProbeConfiguration(type: "cbam"),
        ProbeConfiguration(type: "clip", options: ["tokens": .text("all")]),
    ]

    @Test("The same holds for probes that need samples of equal length", arguments: rigid, KernelPath.available)
    func equalLengths(_ configuration: ProbeConfiguration, path: KernelPath) throws {
        try check(configuration, lengths: [4, 4, 4, 4, 4, 4], on: path)
    }

    private func check(_ configuration: ProbeConfiguration, lengths: [Int], on path: KernelPath) throws {
        // Where positions are learned, the number of patch tokens must be right: the first one is the class token.
        let prefix = configuration.type == "clip" && configuration.options["tokens"] == .text("all") ? 1 : 0
        let tokens = TokenFixture(lengths: lengths, width: 12, seed: path.seed)
        let labels: [Int32] = [0, 3, 1, 2, 3, 0]
        let shape = ProbeShape(
            width: 12, tokens: (lengths.min() ?? 0) - prefix...(lengths.max() ?? 0) - prefix, classes: 4,
            hasClassToken: true)
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: shape) as? any GradientProbe)
        let network = NetworkUnderTest(probe, tokens, labels: labels, seed: path.seed, on: path)
        network.scatter(deviation: 0.3, seed: path.seed)
        _ = network.loss()
        let step = 1e-5
        let gradients = network.parameters.layout.tensors.indices.map { Array(network.gradients[$0]) }
        for (tensor, analytic) in gradients.enumerated() {
            let elements = network.parameters[tensor]
            let scale = analytic.reduce(1e-3) { max($0, abs($1)) }
            // Large tensors are sampled, at places that no period of their shape divides.
            for index in stride(from: 0, to: elements.count, by: 1 + elements.count / 61) {
                let value = elements[index]
                elements[index] = value + step
                let above = network.loss()
                elements[index] = value - step
                let below = network.loss()
                elements[index] = value
                let slope = (above - below) / (2 * step)
                #expect(
                    abs(slope - analytic[index]) <= 2e-6 * scale,
                    "\(network.parameters.layout.tensors[tensor].name)[\(index)]")
            }
        }
    }
}
