import Foundation
import Numerics
import Probes
import Testing

@Suite("Golden vectors of the official modules")
struct GoldenTests {
    static let cases = [
        GoldenCase("ep_M1_dout1", queries: 1, output: "D"), GoldenCase("ep_M4_dout1", queries: 4, output: "D"),
        GoldenCase("ep_M8_dout2", queries: 8, output: "D/2"), GoldenCase("ep_M12_dout4", queries: 12, output: "D/4"),
    ]

    @Test("Efficient probing gives the official outputs and gradients", arguments: cases)
    func efficient(_ golden: GoldenCase) throws {
        let entry = try GoldenFile.read().entry(golden.name)
        let (B, T, D) = (2, 4, 48)
        let tokens = TokenFixture(lengths: [T, T], width: D) { sample, token, channel in
            let index = Double((sample * T + token) * D + channel)
            return sin(0.37 * index) + 0.1 * cos(0.11 * index)
        }
        let probe = try EfficientProbe(
            ProbeOptions(golden.configuration, schema: EfficientProbe.options),
            shape: ProbeShape(width: D, tokens: T, classes: 2, hasClassToken: false))
        let network = NetworkUnderTest(probe, tokens, labels: [0, 1], seed: 0)
        for tensor in 0..<2 {
            let elements = network.parameters[tensor]
            for index in elements.indices {
                elements[index] = 0.5 * sin(0.7 * Double(index) + 1.3 * Double(tensor) + 0.2)
            }
        }
        let output = Matrix<Double>(rows: B, columns: probe.outputWidth)
        let gradient = Matrix<Double>(rows: B, columns: probe.outputWidth)
        for index in 0..<B * probe.outputWidth { gradient.elements[index] = cos(0.23 * Double(index)) }
        guard case .attention(let demand) = probe.reading else { return }
        network.attend(demand) { reading, readingGradient in
            defer { withExtendedLifetime((output, gradient)) {} }
            let activations = ProbeActivations(
                reading: reading, saved: output.view.columns(0..<0), output: output.view)
            probe.forward(activations, network.parameters, on: .portable)
            probe.backward(
                gradient.view, activations, network.parameters, gradients: network.gradients,
                readingGradient: readingGradient, on: .portable)
        }
        #expect(entry.output_shape == [B, probe.outputWidth])
        expectClose((0..<B * probe.outputWidth).map { output.elements[$0] }, entry.output)
        for tensor in 0..<2 {
            #expect(entry.params[tensor].shape.suffix(2) == probe.tensors[tensor].shape[...])
            let values = Array(network.gradients[tensor])
            let summary = [
                values.reduce(0, +), values.reduce(0) { $0 + $1 * $1 }, values.first ?? 0, values.last ?? 0,
            ]
            expectClose(summary, entry.params[tensor].grad)
        }
    }

    /// 1e-9 of the largest number, and the half unit in the tenth decimal by which the fixture is rounded.
    private func expectClose(_ values: [Double], _ golden: [Double]) {
        #expect(values.count == golden.count)
        let largest = golden.reduce(0) { max($0, abs($1)) }
        for (value, expected) in zip(values, golden) {
            #expect(abs(value - expected) <= 1e-9 * largest + 0.5e-10, "\(value) is not \(expected)")
        }
    }
}

struct GoldenCase: CustomTestStringConvertible, Sendable {
    let name: String
    let configuration: ProbeConfiguration

    init(_ name: String, queries: Int, output: String) {
        self.name = name
        configuration = ProbeConfiguration(
            type: "efficient", options: ["queries": .integer(queries), "output": .text(output)])
    }

    var testDescription: String { name }
}

/// Tests/Fixtures/probing/golden.json.
struct GoldenFile {
    struct Entry: Decodable {
        struct Parameter: Decodable {
            var name: String
            var shape: [Int]
            /// Sum, sum of squares, first and last element.
            var grad: [Double]
        }
        var output_shape: [Int]
        var output: [Double]
        var params: [Parameter]
    }

    private let entries: [String: Any]

    static func read(file: String = #filePath) throws -> GoldenFile {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/probing/golden.json"))
        return GoldenFile(entries: try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
    }

    func entry(_ name: String) throws -> Entry {
        let data = try JSONSerialization.data(withJSONObject: try #require(entries[name]))
        return try JSONDecoder().decode(Entry.self, from: data)
    }
}
