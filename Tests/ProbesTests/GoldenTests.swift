import Foundation
import Numerics
import Probes
import Testing

@Suite("Golden vectors of the official modules")
struct GoldenTests {
    static let cases = [
        GoldenCase("ep_M1_dout1", "efficient", ["queries": .integer(1)]),
        GoldenCase("ep_M4_dout1", "efficient", ["queries": .integer(4)]),
        GoldenCase("ep_M8_dout2", "efficient", ["queries": .integer(8), "output": .text("D/2")]),
        GoldenCase("ep_M12_dout4", "efficient", ["queries": .integer(12), "output": .text("D/4")]),
        GoldenCase("abmilp", "abmilp", ["self-attention": .text("both"), "depth": .integer(2)]),
        GoldenCase("aim", "aim"), GoldenCase("siglip", "siglip"), GoldenCase("simpool", "simpool"),
        GoldenCase("coca", "coca"), GoldenCase("cae", "cae"), GoldenCase("jepa", "vjepa"), GoldenCase("cait", "cait"),
        GoldenCase("esimpool", "esimpool"), GoldenCase("clip", "clip"),
        GoldenCase("dinovit", "vit-block"), GoldenCase("dolg", "dolg"), GoldenCase("cbam", "cbam"),
    ]

    /// What the golden file does not hold, by PyTorch: Tests/Fixtures/probing/make_torch.py.
    static let casesOfPyTorch = [
        GoldenCase("vjepa2", "vjepa2"), GoldenCase("mhca", "mhca", ["heads": .integer(12)]),
        GoldenCase("finetune-class", "finetune", ["blocks": .integer(2)]),
        GoldenCase("finetune-mean", "finetune", ["blocks": .integer(2), "input": .text("mean")]),
        GoldenCase(
            "efficient-mix", "efficient",
            ["queries": .integer(4), "mix": .list([.integer(0), .integer(1), .integer(2)])], levels: 3),
    ]

    @Test("A probe gives the official outputs and gradients", arguments: cases, KernelPath.available)
    func official(_ golden: GoldenCase, _ path: KernelPath) throws {
        try check(golden, GoldenFile.read("golden").entry(golden.name), on: path)
    }

    @Test("A probe gives PyTorch's outputs and gradients", arguments: casesOfPyTorch, KernelPath.available)
    func pyTorch(_ golden: GoldenCase, _ path: KernelPath) throws {
        try check(golden, GoldenFile.read("torch").entry(golden.name), on: path)
    }

    private func check(_ golden: GoldenCase, _ entry: GoldenFile.Entry, on path: KernelPath) throws {
        let (B, T, D) = (2, 4, 48)
        let tokens = TokenFixture(lengths: [T, T], width: D) { sample, token, channel in
            let index = Double((sample * T + token) * D + channel)
            return sin(0.37 * index) + 0.1 * cos(0.11 * index)
        }
        // The only probe that reads a class token takes the first one for it.
        let readsAll = golden.configuration.type == "finetune"
        let shape = ProbeShape(
            width: D / golden.levels, tokens: readsAll ? T - 1 : T, classes: 2, hasClassToken: readsAll)
        let probe = try #require(try ProbeCatalog.probe(golden.configuration, shape: shape) as? any GradientProbe)
        let network = NetworkUnderTest(probe, tokens, labels: [0, 1], seed: 0, on: path)
        #expect(probe.tensors.map(\.count) == entry.params.map { $0.shape.reduce(1, *) })
        for tensor in probe.tensors.indices {
            let elements = network.parameters[tensor]
            for index in elements.indices {
                elements[index] = 0.5 * sin(0.7 * Double(index) + 1.3 * Double(tensor) + 0.2)
            }
        }
        let gradient = Matrix<Double>(rows: B, columns: probe.outputWidth)
        for index in 0..<B * probe.outputWidth { gradient.elements[index] = cos(0.23 * Double(index)) }
        let output = withExtendedLifetime(gradient) { network.pool(outputGradient: gradient.view) }
        #expect(entry.output_shape == [B, probe.outputWidth])
        expectClose(output, entry.output, "output")
        for (tensor, golden) in entry.params.enumerated() {
            let values = Array(network.gradients[tensor])
            let summary = [
                values.reduce(0, +), values.reduce(0) { $0 + $1 * $1 }, values.first ?? 0, values.last ?? 0,
            ]
            // Tensors that the official module never uses have no gradient there.
            expectClose(summary, golden.grad ?? [0, 0, 0, 0], golden.name)
        }
    }

    /// 1e-9 of the largest number, and the half unit in the tenth decimal by which the fixture is rounded.
    private func expectClose(_ values: [Double], _ golden: [Double], _ name: String) {
        #expect(values.count == golden.count)
        let largest = golden.reduce(0) { max($0, abs($1)) }
        for (value, expected) in zip(values, golden) {
            #expect(abs(value - expected) <= 1e-9 * largest + 0.5e-10, "\(name): \(value) is not \(expected)")
        }
    }
}

struct GoldenCase: CustomTestStringConvertible, Sendable {
    let name: String
    let configuration: ProbeConfiguration
    /// L of levels that lie side by side.
    let levels: Int

    init(_ name: String, _ type: String, _ options: [String: OptionValue] = [:], levels: Int = 1) {
        self.name = name
        self.levels = levels
        configuration = ProbeConfiguration(type: type, options: options)
    }

    var testDescription: String { name }
}

/// Tests/Fixtures/probing/NAME.json.
struct GoldenFile {
    struct Entry: Decodable {
        struct Parameter: Decodable {
            var name: String
            var shape: [Int]
            /// Sum, sum of squares, first and last element; nil for a tensor that is never used.
            var grad: [Double]?
        }
        var output_shape: [Int]
        var output: [Double]
        var params: [Parameter]
    }

    private let entries: [String: Any]

    static func read(_ name: String, file: String = #filePath) throws -> GoldenFile {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/probing/\(name).json"))
        return GoldenFile(entries: try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
    }

    func entry(_ name: String) throws -> Entry {
        let data = try JSONSerialization.data(withJSONObject: try #require(entries[name]))
        return try JSONDecoder().decode(Entry.self, from: data)
    }
}
