import Numerics
import Probes
import TestKit
import Testing

/// What every type of probe promises by being registered.
@Suite("Every registered probe")
struct ContractTests {
    static let gradientTypes = ProbeCatalog.types.filter { $0 is any GradientProbe.Type }.map { $0.name }
    private static let shape = ProbeShape(width: 96, tokens: 4, classes: 3, hasClassToken: true)
    private static let labels: [Int32] = [0, 2, 1, 1, 0]

    private func network(
        _ type: String, seed: UInt64, tokens: TokenFixture, on path: KernelPath = .portable
    ) throws -> NetworkUnderTest {
        let configuration = ProbeConfiguration(type: type)
        let probe = try #require(try ProbeCatalog.probe(configuration, shape: Self.shape) as? any GradientProbe)
        return NetworkUnderTest(probe, tokens, labels: Self.labels, seed: seed, on: path)
    }

    private func tokens(_ seed: UInt64) -> TokenFixture {
        TokenFixture(lengths: Array(repeating: 4, count: Self.labels.count), width: 96, seed: seed)
    }

    @Test(
        "is tested on every kernel path",
        .enabled(if: KernelPath.missing == nil, "\(KernelPath.missing ?? "")"))
    func everyPath() {
        #expect(KernelPath.available == KernelPath.allCases)
    }

    @Test("has unique tensor names, and counts the tensors as its parameters", arguments: gradientTypes)
    func tensors(_ type: String) throws {
        let network = try network(type, seed: 1, tokens: tokens(1)).network
        let names = (network.parameters.tensors + network.buffers.tensors).map(\.name)
        #expect(Set(names).count == names.count, "\(names)")
        #expect(network.probe.cost.parameters == network.parameters.count)
        let costs = [network.probe.cost.reference, network.probe.cost.executed]
        for cost in costs { #expect(cost.forward >= network.probe.outputWidth * 3 && cost.backward > 0) }
    }

    @Test(
        "has gradients that match finite differences along any direction", arguments: gradientTypes,
        KernelPath.available)
    func slopes(_ type: String, path: KernelPath) throws {
        let seed = path.seed
        let network = try network(type, seed: seed, tokens: tokens(seed), on: path)
        network.scatter(deviation: 0.1, seed: seed)
        #expect(network.loss().isFinite)
        let step = 1e-6
        let gradients = network.parameters.layout.tensors.indices.map { Array(network.gradients[$0]) }
        for (tensor, gradient) in gradients.enumerated() {
            let elements = network.parameters[tensor]
            let values = Array(elements)
            let draws = CounterGenerator(key: seed, stream: UInt64(tensor))
            let direction = elements.indices.map { draws.normal(at: UInt64($0)) }
            func loss(_ distance: Double) -> Double {
                for index in elements.indices { elements[index] = values[index] + distance * direction[index] }
                return network.loss()
            }
            let slope = (loss(step) - loss(-step)) / (2 * step)
            _ = loss(0)
            let analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let size = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(
                abs(slope - analytic) <= 1e-5 * size + 1e-8,
                "\(network.parameters.layout.tensors[tensor].name): \(slope) and \(analytic)")
        }
    }

    @Test(
        "gives the same logits when its tensors are read into another head", arguments: gradientTypes,
        KernelPath.available)
    func saved(_ type: String, path: KernelPath) throws {
        let tokens = tokens(3)
        let trained = try network(type, seed: 3, tokens: tokens, on: path)
        // A step moves the running statistics, which are part of the head.
        _ = trained.loss()
        let loaded = try network(type, seed: 4, tokens: tokens, on: path)
        #expect(trained.logits() != loaded.logits())
        for (source, target) in [(trained.parameters, loaded.parameters), (trained.buffers, loaded.buffers)] {
            for tensor in source.layout.tensors.indices {
                _ = target[tensor].update(fromContentsOf: source[tensor])
            }
        }
        #expect(trained.logits() == loaded.logits())
        #expect(trained.logits().count == Self.labels.count * 3)
        for logit in trained.logits() { #expect(logit.isFinite) }
    }

    @Test("rejects features without the tokens that it reads", arguments: ProbeCatalog.types.map { $0.name })
    func missingTokens(_ type: String) throws {
        let options = try ProbeCatalog.options(of: type).map(\.name)
        func refusal(_ options: [String: OptionValue], _ shape: ProbeShape) -> ProbeError? {
            do throws(ProbeError) {
                _ = try ProbeCatalog.probe(ProbeConfiguration(type: type, options: options), shape: shape)
                return nil
            } catch {
                return error
            }
        }
        let pooled = ProbeShape(width: 96, tokens: 0, classes: 3, hasClassToken: true)
        let bare = ProbeShape(width: 96, tokens: 4, classes: 3, hasClassToken: false)
        // By default a probe reads patch tokens alone, but for those that are made for class tokens.
        if ["dinov2", "finetune"].contains(type) {
            #expect(refusal([:], bare)?.problem.contains("class token") == true)
        } else {
            #expect(refusal([:], pooled)?.problem.contains("patch tokens") == true)
            #expect(refusal([:], bare) == nil)
        }
        if options.contains("tokens") {
            #expect(refusal(["tokens": .text("all")], bare)?.problem.contains("class token") == true)
        }
        let shape = ProbeShape(width: 96, tokens: 4, classes: 3, hasClassToken: true)
        if options.contains("heads") { #expect(refusal(["heads": .integer(7)], shape)?.option == "heads") }
    }

    @Test("rejects samples of unequal length only with the reason", arguments: gradientTypes)
    func unequalLengths(_ type: String) throws {
        let ragged = ProbeShape(width: 96, tokens: 3...4, classes: 3, hasClassToken: true)
        do throws(ProbeError) {
            _ = try ProbeCatalog.probe(ProbeConfiguration(type: type), shape: ragged)
        } catch {
            #expect(error.problem.hasPrefix("samples have 3 to 4 tokens, "), "\(error)")
        }
    }
}
