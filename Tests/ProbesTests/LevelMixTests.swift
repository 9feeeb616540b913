import Numerics
import Probes
import Testing

/// Three levels of a few samples, side by side and mixed by hand.
private struct LevelsUnderTest {
    static let width = 12
    static let levels = 3
    static let lengths = [5, 3, 7, 2, 5, 4]
    static let labels: [Int32] = [0, 3, 1, 2, 3, 0]
    static let logits = [0.3, -0.7, 1.1]

    static func element(_ level: Int, _ sample: Int, _ token: Int, _ channel: Int) -> Double {
        CounterGenerator(key: 5, stream: UInt64(10 * sample + level)).normal(at: UInt64(token * width + channel))
    }

    static var sideBySide: TokenFixture {
        TokenFixture(lengths: lengths, width: levels * width) { element($2 / width, $0, $1, $2 % width) }
    }

    /// x̃ = Σ_l softmax(w)_l x_l, from the definition.
    static var mixed: TokenFixture {
        let weights = logits.map { exponential($0) }
        let sum = weights.reduce(0, +)
        return TokenFixture(lengths: lengths, width: width) { sample, token, channel in
            (0..<levels).reduce(0) { $0 + weights[$1] / sum * element($1, sample, token, channel) }
        }
    }

    private static func exponential(_ value: Double) -> Double {
        var (term, sum) = (1.0, 1.0)
        for place in 1..<40 {
            term *= value / Double(place)
            sum += term
        }
        return sum
    }

    static let shape = ProbeShape(width: width, tokens: 2...7, classes: 4, hasClassToken: true)

    static func network(
        _ configuration: ProbeConfiguration, _ tokens: TokenFixture, on path: KernelPath
    ) throws -> NetworkUnderTest {
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: shape) as? any GradientProbe)
        return NetworkUnderTest(probe, tokens, labels: labels, seed: path.seed, on: path)
    }
}

@Suite("A probe in front of which levels are mixed")
struct LevelMixTests {
    private static let mix = OptionValue.list([.integer(2), .integer(4), .integer(6)])

    static let plain = [
        ProbeConfiguration(type: "linear", options: ["input": .text("class+mean")]),
        ProbeConfiguration(
            type: "mlp", options: ["hidden": .list([.integer(9), .integer(5)]), "input": .text("class")]),
        ProbeConfiguration(type: "efficient", options: ["queries": .integer(3), "output": .text("D/2")]),
        ProbeConfiguration(type: "mhca", options: ["heads": .integer(2), "attention": .integer(8)]),
        ProbeConfiguration(type: "siglip", options: ["heads": .integer(3), "norm": .text("layer")]),
        ProbeConfiguration(type: "coca"), ProbeConfiguration(type: "abmilp", options: ["depth": .integer(1)]),
    ]

    private static func mixing(_ configuration: ProbeConfiguration) -> ProbeConfiguration {
        var configuration = configuration
        configuration.options["mix"] = mix
        return configuration
    }

    @Test(
        "computes what it does on tokens that are mixed beforehand, and has the same gradients", arguments: plain,
        KernelPath.available)
    func definition(_ configuration: ProbeConfiguration, path: KernelPath) throws {
        let mixed = try LevelsUnderTest.network(Self.mixing(configuration), LevelsUnderTest.sideBySide, on: path)
        let plain = try LevelsUnderTest.network(configuration, LevelsUnderTest.mixed, on: path)
        plain.scatter(deviation: 0.3, seed: path.seed)
        for (place, tensor) in mixed.parameters.layout.tensors.enumerated() {
            let source = plain.parameters.layout.tensors.firstIndex { $0.name == tensor.name }
            let values = source.map { Array(plain.parameters[$0]) } ?? LevelsUnderTest.logits
            _ = mixed.parameters[place].update(fromContentsOf: values)
        }
        let (loss, expected) = (mixed.loss(), plain.loss())
        #expect(abs(loss - expected) <= 1e-9 * abs(expected))
        for (place, tensor) in mixed.parameters.layout.tensors.enumerated() {
            guard let source = plain.parameters.layout.tensors.firstIndex(where: { $0.name == tensor.name }) else {
                continue
            }
            let size = plain.gradients[source].reduce(1e-3) { max($0, abs($1)) }
            for (own, other) in zip(mixed.gradients[place], plain.gradients[source]) {
                #expect(abs(own - other) <= 1e-8 * size, "\(tensor.name)")
            }
        }
        for (own, other) in zip(mixed.logits(), plain.logits()) { #expect(abs(own - other) <= 1e-8) }
    }

    @Test(
        "has gradients of all tensors, the weights of levels among them, that match finite differences",
        arguments: plain, KernelPath.available)
    func finiteDifferences(_ configuration: ProbeConfiguration, path: KernelPath) throws {
        let network = try LevelsUnderTest.network(Self.mixing(configuration), LevelsUnderTest.sideBySide, on: path)
        network.scatter(deviation: 0.3, seed: path.seed)
        try checkGradients(of: network)
    }

    @Test("begins with equal weights, has L parameters more than the probe, and costs what mixing tokens does")
    func beginning() throws {
        let plain = ProbeConfiguration(type: "efficient", options: ["queries": .integer(3)])
        let own = try ProbeCatalog.probe(plain, shape: LevelsUnderTest.shape)
        let mixed = try ProbeCatalog.probe(Self.mixing(plain), shape: LevelsUnderTest.shape)
        #expect(mixed.cost.parameters == own.cost.parameters + 3)
        #expect(mixed.outputWidth == own.outputWidth)
        #expect(mixed.cost.reference.forward == own.cost.reference.forward + 3 * 7 * 12)
        // The core reads tokens three times as wide, twice, and each query's three aggregates are mixed.
        #expect(mixed.cost.executed.forward == own.cost.executed.forward + 2 * (2 * 3 * 7 * 12) + 3 * 3 * 12)
        let tensor = try #require((mixed as? any GradientProbe)?.tensors.last)
        #expect(tensor.name == "mix.weights" && tensor.shape == [3] && !tensor.isDecayed)
        #expect(tensor.initializer == .constant(0))
    }

    @Test("is charged what PyTorch counts, forward and backward: Tests/Fixtures/probing/make_torch.py --costs")
    func reference() throws {
        let configuration = Self.mixing(ProbeConfiguration(type: "efficient", options: ["queries": .integer(4)]))
        let shape = ProbeShape(width: 256, tokens: 196, classes: 2, hasClassToken: false)
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: shape) as? any GradientProbe)
        #expect(probe.referencePooling == MultiplyAccumulates(forward: 13_246_464, backward: 26_342_400))
        #expect(probe.tensors.reduce(0) { $0 + $1.count } == 66563)
    }

    @Test(
        "is refused with the option at fault where a mixture cannot be folded into the core",
        arguments: [
            ("cae", [String: OptionValue]()), ("linear", ["input": .text("max")]),
            ("linear", ["prepare": .text("whiten")]), ("efficient", ["queries": .integer(3), "prepare": .text("l2")]),
            ("abmilp", ["self-attention": .text("map")]),
        ])
    func refusals(_ type: String, _ options: [String: OptionValue]) {
        let configuration = Self.mixing(ProbeConfiguration(type: type, options: options))
        #expect { try ProbeCatalog.probe(configuration, shape: LevelsUnderTest.shape) } throws: {
            ($0 as? ProbeError)?.option == "mix"
        }
    }

    @Test("needs two levels, by index")
    func levels() {
        for value in [OptionValue.list([.integer(2)]), .list([.integer(2), .text("block 4")]), .text("all")] {
            let configuration = ProbeConfiguration(type: "linear", options: ["mix": value])
            #expect { try ProbeCatalog.probe(configuration, shape: LevelsUnderTest.shape) } throws: {
                ($0 as? ProbeError)?.option == "mix"
            }
        }
    }
}

@Suite("A probe whose tokens are standardised channel by channel")
struct StandardisedProbeTests {
    static let plain = [
        ProbeConfiguration(type: "efficient", options: ["queries": .integer(3), "output": .text("D/2")]),
        ProbeConfiguration(type: "mhca", options: ["heads": .integer(2), "attention": .integer(8)]),
        ProbeConfiguration(type: "siglip", options: ["heads": .integer(2)]), ProbeConfiguration(type: "coca"),
        ProbeConfiguration(type: "abmilp"),
    ]
    private static let width = LevelsUnderTest.width

    private static func mean(_ channel: Int) -> Double { Double(channel) - 4 }
    private static func scale(_ channel: Int) -> Double { 0.2 + 0.3 * Double(channel % 5) }

    private static func tokens(standardised: Bool) -> TokenFixture {
        TokenFixture(lengths: LevelsUnderTest.lengths, width: width) { sample, token, channel in
            let value = LevelsUnderTest.element(0, sample, token, channel) + mean(channel)
            return standardised ? (value - mean(channel)) * scale(channel) : value
        }
    }

    private static func standardising(
        _ configuration: ProbeConfiguration, on path: KernelPath
    ) throws -> NetworkUnderTest {
        var configuration = configuration
        configuration.options["prepare"] = .text("standardise")
        let network = try LevelsUnderTest.network(configuration, tokens(standardised: false), on: path)
        for (place, buffer) in network.buffers.layout.tensors.enumerated() {
            for channel in network.buffers[place].indices {
                if buffer.name == "tokens.mean" { network.buffers[place][channel] = mean(channel) }
                if buffer.name == "tokens.scale" { network.buffers[place][channel] = scale(channel) }
            }
        }
        return network
    }

    @Test(
        "computes what it does on tokens that are standardised beforehand, and has the same gradients",
        arguments: plain, KernelPath.available)
    func definition(_ configuration: ProbeConfiguration, path: KernelPath) throws {
        let folded = try Self.standardising(configuration, on: path)
        let plain = try LevelsUnderTest.network(configuration, Self.tokens(standardised: true), on: path)
        for network in [folded, plain] { network.scatter(deviation: 0.3, seed: path.seed) }
        let (loss, expected) = (folded.loss(), plain.loss())
        #expect(abs(loss - expected) <= 1e-9 * abs(expected))
        for place in plain.gradients.layout.tensors.indices {
            let size = plain.gradients[place].reduce(1e-3) { max($0, abs($1)) }
            for (own, other) in zip(folded.gradients[place], plain.gradients[place]) {
                #expect(abs(own - other) <= 1e-8 * size)
            }
        }
        try checkGradients(of: folded)
    }

    @Test(
        "is refused where a probe normalises tokens itself or computes with single ones",
        arguments: ["cae", "vjepa", "simpool", "aim", "cait", "vit-block", "dolg", "clip"])
    func refusals(_ type: String) {
        let shape = ProbeShape(width: 96, tokens: 4, classes: 3, hasClassToken: true)
        let configuration = ProbeConfiguration(type: type, options: ["prepare": .text("standardise")])
        #expect { try ProbeCatalog.probe(configuration, shape: shape) } throws: {
            ($0 as? ProbeError)?.option == "prepare"
        }
    }
}

/// Compares gradients with finite differences, large tensors at some places.
private func checkGradients(of network: NetworkUnderTest) throws {
    _ = network.loss()
    let step = 1e-5
    let gradients = network.parameters.layout.tensors.indices.map { Array(network.gradients[$0]) }
    for (tensor, analytic) in gradients.enumerated() {
        let elements = network.parameters[tensor]
        let scale = analytic.reduce(1e-3) { max($0, abs($1)) }
        for index in stride(from: 0, to: elements.count, by: 1 + elements.count / 37) {
            let value = elements[index]
            elements[index] = value + step
            let above = network.loss()
            elements[index] = value - step
            let below = network.loss()
            elements[index] = value
            #expect(
                abs((above - below) / (2 * step) - analytic[index]) <= 2e-6 * scale,
                "\(network.parameters.layout.tensors[tensor].name)[\(index)]")
        }
    }
}
