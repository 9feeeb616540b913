import Foundation

/// What every method's predictors are worth by PyTorch, from Tests/Fixtures/probing/attention.json; the rules by which
/// heads and tokens are made stand in make_attention.py beside it.
package struct AttentionFixture: Decodable, Sendable {
    /// A probe's option.
    package enum Option: Decodable, Sendable {
        case integer(Int)
        case text(String)

        package init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Int.self) {
                self = .integer(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }

    package struct Tensor: Decodable, Sendable {
        package let name: String
        package let shape: [Int]
    }

    /// `type` and options.
    package let probe: [String: Option]
    package let amplitude: Double
    package let tensors: [Tensor]
    /// `[B][M][N]`.
    package let maps: [[[Double]]]
    package let entropy, effective_tokens: [Double]
    package let accuracy, log_loss: Double
    /// Of each predictor the difference in accuracy and in log-loss, above 0 where the map is worth something.
    package let uniform, mean_map, other_sample, alone: [[Double]]
    package let all: [Double]
    /// Predictors, the most worth first.
    package let order: [Int]
    /// In that order.
    package let cumulative: [[Double]]
    /// Where each predictor's maps lie.
    package let location: [Location]

    /// Means over samples.
    package struct Location: Decodable, Sendable {
        package let massLift, pointing, averagePrecision, overlap, threshold, centroid: Double
    }

    /// The share of each token's area that a sample's object covers, and its box (x0, y0, x1, y1), on a grid of 2 × 2.
    package static let objects: [(shares: [Double], box: [Double])] = [
        ([0.5, 1, 0, 0.25], [0.25, 0, 1, 0.625]), ([0, 0.125, 0.75, 0.5], [0, 0.5, 0.8, 1]),
    ]

    /// By name.
    package static func read(file: String = #filePath) throws -> [String: AttentionFixture] {
        let root = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Tests/Fixtures/probing/attention.json"))
        return try JSONDecoder().decode([String: AttentionFixture].self, from: data)
    }

    /// All names, so that a test can run once for each.
    package static let names = [
        "efficient", "efficient-half", "mhca", "aim", "siglip", "simpool", "esimpool", "clip", "coca", "cae", "vjepa",
        "vjepa2", "cait", "vit-block", "abmilp", "abmilp-both", "abmilp-map",
    ]

    package static let (samples, tokens, width, classes) = (2, 4, 48, 3)
    package static let labels = [0, 2]

    /// The class token is the first one, for the case that reads it.
    package var hasClassToken: Bool {
        if case .text("all")? = probe["tokens"] { true } else { false }
    }

    package static func token(_ sample: Int, _ token: Int, _ channel: Int) -> Double {
        let index = Double((sample * tokens + token) * width + channel)
        return sin(0.37 * index) + 0.1 * cos(0.11 * index)
    }

    /// All elements of a tensor.
    package func values(of place: Int) -> [Double] {
        let tensor = tensors[place]
        let isGain = tensor.name.contains("norm") && tensor.name.hasSuffix("weight")
        let (shift, offset): (Double, Double) = (1.3 * Double(place) + 0.2, isGain ? 1 : 0)
        return (0..<tensor.shape.reduce(1, *)).map { (index) -> Double in
            let wave: Double = sin(0.7 * Double(index) + shift)
            return amplitude * wave + offset
        }
    }

    package static func runningMean(_ index: Int) -> Double {
        let angle: Double = 0.3 * Double(index) + 0.1
        return 0.1 * sin(angle)
    }

    package static func runningVariance(_ index: Int) -> Double {
        let angle: Double = 0.2 * Double(index) + 0.3
        return 1 + 0.5 * cos(angle)
    }

    /// Accuracy and log-loss of logits `[B, C]`, both the better the greater.
    package static func scores(_ logits: [Double]) -> [Double] {
        var (hits, loss) = (0.0, 0.0)
        for (row, label) in labels.enumerated() {
            let values = logits[row * classes..<(row + 1) * classes]
            let largest = values.max() ?? 0
            hits += values[values.startIndex + label] == largest ? 1 : 0
            let sum: Double = values.reduce(0) { $0 + exp($1 - largest) }
            loss += largest + log(sum) - values[values.startIndex + label]
        }
        return [hits / Double(samples), -loss / Double(samples)]
    }
}
