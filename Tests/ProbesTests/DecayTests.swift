import Testing

@testable import Probes

/// What the published code of each method decays. Where a source says nothing, or trains without decay, weights are
/// decayed and queries are not.
@Suite("Weight decay, tensor by tensor")
struct DecayTests {
    private static let shape = ProbeShape(width: 384, tokens: 16...16, classes: 5, hasClassToken: true)

    /// Tensors of more than one axis that are not decayed.
    private static let exempt = [
        "efficient": ["queries"], "mhca": ["input"], "aim": ["query"], "siglip": ["latent"], "coca": ["queries"],
        "cae": ["query"], "cait": ["class_token"],
        // Decayed by their sources: V-JEPA excepts tensors of one axis alone, CLIP gains and biases alone.
        "vjepa": [], "clip": [],
    ]

    @Test(
        "Weights are decayed, queries as their source has it, and biases and norms by V-JEPA 2 alone",
        arguments: ProbeCatalog.types.map { $0.name })
    func decay(type: String) throws {
        let configuration = try ProbeCatalog.complete(ProbeConfiguration(type: type))
        guard let probe = try ProbeCatalog.probe(configuration, shape: Self.shape) as? any GradientProbe else { return }
        for tensor in probe.tensors {
            let isExempt = Self.exempt[type, default: []].contains(tensor.name)
            let expected = type == "vjepa2" || (tensor.isMatrix && !isExempt)
            #expect(tensor.isDecayed == expected, "\(type): \(tensor.name)")
        }
        let names = Set(probe.tensors.map(\.name))
        #expect(Self.exempt[type, default: []].allSatisfy(names.contains))
    }

    @Test("The head's weight is decayed and its bias is not")
    func head() throws {
        let probe = try #require(
            try ProbeCatalog.probe(ProbeConfiguration(type: "linear"), shape: Self.shape) as? any GradientProbe)
        let head = ProbeNetwork(probe).parameters.tensors.suffix(2)
        #expect(head.map(\.isDecayed) == [true, false])
    }
}
