import Features
import Foundation
import Probes
import TestKit
import Testing

/// Tests/Fixtures/parity: what make_parity.py trained with PyTorch, and the rule by which it made the inputs.
struct ParityFixture: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
        struct Start: Decodable {
            var offset: Double
            var scale: Double
        }
        var name: String
        var type: String
        var options: [String: OptionValue]
        var width: Int
        var optimizer: String
        /// The learning rate at its height, and epochs of warm-up before it.
        var rate: Double
        var warmup: Double
        var decay: Double
        /// The numbers of steps after which weights were kept.
        var kept: [Int]
        /// How each tensor starts, whether it is decayed, and its elements.
        var starts: [Start]
        var decayed: [Bool]
        var counts: [Int]
        var losses: [Double]
        var logits: [Double]

        var testDescription: String { "\(name), \(optimizer)" }
    }

    var tokens: Int
    var classes: Int
    var epochs: Int
    var labels: [Int32]
    var batches: [[Int]]
    var cases: [Case]

    static let shared = try! JSONDecoder().decode(
        ParityFixture.self, from: Data(contentsOf: folder.appendingPathComponent("trajectories.json")))

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/parity")

    private static let file = try! SafetensorsFile.open(folder.appendingPathComponent("trajectories.safetensors").path)

    /// Every tensor of a case after a number of steps.
    func weights(of golden: Case, after step: Int) throws -> [[Double]] {
        guard let tensor = Self.file.tensor("\(golden.name).\(golden.optimizer).\(step)") else {
            throw CocoaError(.fileReadCorruptFile)
        }
        let bytes = Self.file.bytes(of: tensor)
        var start = 0
        return golden.counts.map { count in
            defer { start += count }
            return (start..<start + count).map {
                Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
            }
        }
    }

    /// Tokens of some samples: √3·u(0, i).
    func samples(_ batch: [Int], of golden: Case) -> TokenFixture {
        TokenFixture(lengths: batch.map { _ in tokens }, width: golden.width) { sample, token, channel in
            let index = (batch[sample] * tokens + token) * golden.width + channel
            return 3.0.squareRoot() * Self.uniform(stream: 0, index)
        }
    }

    /// u(k, i) = 2·(SplitMix64(k·2³² + i) >> 11)·2⁻⁵³ − 1: one element of SplitMix64's sequence.
    static func uniform(stream: Int, _ index: Int) -> Double {
        var generator = SeededGenerator(seed: (UInt64(stream) << 32 + UInt64(index)) &* 0x9E37_79B9_7F4A_7C15)
        return 2 * Double(generator.next() >> 11) * 0x1p-53 - 1
    }
}
