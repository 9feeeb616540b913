import Probes
import Testing

@Suite("Costs")
struct CostTests {
    private func cost(
        _ type: String, _ options: [String: OptionValue] = [:], D: Int = 768, T: Int = 196, C: Int = 1000
    ) throws -> ProbeCost {
        let shape = ProbeShape(width: D, tokens: T, classes: C, hasClassToken: true, trainingSamples: 1000)
        return try ProbeCatalog.probe(ProbeConfiguration(type: type, options: options), shape: shape).cost
    }

    @Test(
        "A linear probe has D·C + C parameters",
        arguments: [
            (384, 1000, 385_000), (384, 101, 38_885), (768, 1000, 769_000), (768, 101, 77_669),
            (1024, 1000, 1_025_000), (1024, 101, 103_525),
        ])
    func linear(D: Int, C: Int, parameters: Int) throws {
        let cost = try cost("linear", D: D, C: C)
        #expect(cost.parameters == parameters)
        #expect(cost.reference == MultiplyAccumulates(forward: D * C, backward: D * C))
        #expect(cost.executed == cost.reference)
    }

    @Test(
        "Efficient probing has the published number of parameters",
        arguments: [
            (1, "D", [532_840, 186_725, 1_359_592, 668_261, 2_074_600, 1_153_125]),
            (8, "D", [535_528, 189_413, 1_364_968, 673_637, 2_081_768, 1_160_293]),
            (12, "D", [537_064, 190_949, 1_368_040, 676_709]),
            (32, "D", [544_744, 198_629, 1_383_400, 692_069, 2_106_344, 1_184_869]),
            (64, "D", [557_032, 210_917, 1_407_976, 716_645, 2_139_112, 1_217_637]),
            (16, "D/8", [73_576, 29_525, 183_016, 95_813, 276_456, 160_485]),
        ])
    func efficientParameters(M: Int, output: String, counts: [Int]) throws {
        let shapes = [384, 768, 1024].flatMap { D in [1000, 101].map { (D, $0) } }
        for ((D, C), count) in zip(shapes, counts) {
            let cost = try cost("efficient", ["queries": .integer(M), "output": .text(output)], D: D, C: C)
            #expect(cost.parameters == count, "D = \(D), C = \(C)")
        }
    }

    @Test(
        "Efficient probing has the reference's costs at ViT-B, in thousands of multiply–accumulates",
        arguments: [
            (1, 1, [116_675, 117_593, 1_659, 3_017]), (2, 8, [14_867, 14_981, 772, 942]),
            (8, 2, [59_466, 59_926, 3_087, 3_766]), (12, 1, [118_330, 119_249, 4_970, 6_328]),
            (16, 4, [31_539, 31_769, 5_156, 5_496]), (32, 1, [121_341, 122_259, 10_992, 12_349]),
            (32, 8, [19_382, 19_497, 9_804, 9_973]), (64, 1, [126_158, 127_076, 20_625, 21_983]),
        ])
    func efficientMultiplyAccumulates(M: Int, divisor: Int, thousands: [Int]) throws {
        let cost = try cost("efficient", ["queries": .integer(M), "output": .text("D/\(divisor)")])
        let counts = [
            cost.reference.forward, cost.reference.backward, cost.executed.forward, cost.executed.backward,
        ]
        #expect(counts.map { Int((Double($0) / 1000).rounded()) } == thousands)
    }

    /// Parameters at D = 384, 768, 1024 × C = 1000, 101, and thousands of MACs at D = 768, T = 196, C = 1000: forward
    /// and backward in the literature's order, forward and backward as executed; nil where the reference has none.
    struct Published: CustomTestStringConvertible, Sendable {
        var type: String
        var options: [String: OptionValue] = [:]
        var parameters: [Int]
        var thousands: [Int?]

        var testDescription: String { type }
    }

    static let publishedCosts = [
        Published(
            type: "mhca", parameters: [827_752, 481_637, 2_539_240, 1_847_909],
            thousands: [232_870, 234_529, 4_970, 6_328]),
        Published(
            // Reference counted by PyTorch: Tests/Fixtures/probing/make_torch.py --costs, and the head's D·C, 2·D·C.
            type: "abmilp", parameters: [385_385, 39_270, 769_769, 78_438, 1_026_025, 104_550],
            thousands: [919, 1_687, 1_069, 1_837]),
        Published(
            type: "abmilp", options: ["self-attention": .text("both"), "depth": .integer(2)],
            parameters: [1_123_433, 777_318, 3_720_425, 3_029_094, 6_270_953, 5_349_478],
            thousands: [637_953, 929_090, 291_877, 408_991]),
        Published(
            type: "aim", parameters: [680_296, 334_181, 1_949_416, 1_258_085, 3_123_176, 2_201_701],
            thousands: [232_280, 233_349, 6_175, 7_533]),
        Published(
            type: "siglip", parameters: [2_158_312, 1_812_197, 7_854_568, 7_163_237, 13_618_152, 12_696_677],
            thousands: [238_178, 245_146, 9_075, 15_741]),
        Published(
            type: "simpool", parameters: [680_680, 334_565, 1_950_184, 1_258_853, 3_124_200, 2_202_725],
            thousands: [117_264, 233_939, 2_249, 3_607]),
        Published(
            type: "esimpool", parameters: [385_768, 39_653, 770_536, 79_205], thousands: [1_069, 1_988, 1_069, 1_837]),
        Published(
            type: "coca", parameters: [903_016, 556_901, 1_805_032, 1_113_701, 2_406_376, 1_484_901],
            thousands: [213_514, 407_761, 3_963, 5_517]),
        Published(
            type: "cae", parameters: [978_664, 632_549, 3_135_976, 2_444_645, 5_229_544, 4_308_069],
            thousands: [233_460, 466_919, 4_356, 6_304]),
        Published(
            type: "vjepa", parameters: [2_159_848, 1_813_733, 7_857_640, 7_166_309, 13_622_248, 12_700_773],
            thousands: [238_178, 476_507, 11_483, 18_149]),
        Published(
            type: "cait", parameters: [2_161_384, 1_815_269, 7_860_712, 7_169_381, 13_626_344, 12_704_869],
            thousands: [239_359, 478_719, 7_877, 14_543]),
        Published(
            type: "clip", parameters: [1_052_776, 706_661, 3_284_200, 2_592_869, 5_427_176, 4_505_701],
            thousands: [525_160, 1_050_320, 4_338, 8_675]),
        Published(
            // Executed backward: the reference's 1,627,140 and the 984,183 of making each sample's values again.
            type: "vit-block", parameters: [2_158_312, 1_812_197, 7_854_568, 7_163_237, 13_618_152, 12_696_677],
            thousands: [1_447_041, 2_894_082, 986_978, nil]),
        // Counted by PyTorch: Tests/Fixtures/probing/make_torch.py --costs, and D·C + C more for the head.
        Published(
            type: "vjepa2", parameters: [], thousands: [4_576_408, 9_152_815, nil, nil]),
        Published(
            type: "finetune", options: ["blocks": .integer(2), "tokens": .text("patch"), "input": .text("mean")],
            parameters: [], thousands: [2_893_314, 5_786_628, 2_893_314, nil]),
        Published(
            type: "dolg", parameters: [533_993, 187_878, 1_361_897, 670_566, 2_077_673, 1_156_198],
            thousands: [116_524, 117_443, 116_675, 117_744]),
        Published(
            type: "cbam", parameters: [403_532, 57_417, 842_828, 151_497, 1_156_172, 234_697],
            thousands: [935, 1_796, 1_236, 2_060]),
    ]

    @Test("A probe has the published parameters and the reference's costs", arguments: publishedCosts)
    func published(_ published: Published) throws {
        let shapes = [384, 768, 1024].flatMap { D in [1000, 101].map { (D, $0) } }
        for ((D, C), count) in zip(shapes, published.parameters) {
            let cost = try cost(published.type, published.options, D: D, C: C)
            #expect(cost.parameters == count, "D = \(D), C = \(C)")
        }
        let cost = try cost(published.type, published.options)
        let counts = [
            cost.reference.forward, cost.reference.backward, cost.executed.forward, cost.executed.backward,
        ]
        for (count, thousands) in zip(counts, published.thousands) {
            if let thousands { #expect(Int((Double(count) / 1000).rounded()) == thousands, "\(counts)") }
        }
    }

    @Test("Probes of whole blocks have the parameters of their blocks", arguments: [384, 768, 1024])
    func blocks(D: Int) throws {
        let (block, head) = (12 * D * D + 13 * D, D * 1000 + 1000)
        #expect(try cost("vjepa2", D: D).parameters == 3 * block + 11 * D * D + 13 * D + head)
        for k in [1, 2, 12] {
            let cost = try cost("finetune", ["blocks": .integer(k), "heads": .integer(D / 64)], D: D)
            #expect(cost.parameters == k * block + 2 * D + head)
        }
        #expect(try cost("vjepa2", D: 768).parameters == 27_761_664 + 769_000)
    }

    @Test("The class tokens of n layers make a head of n·D inputs", arguments: [1, 4])
    func lastLayers(n: Int) throws {
        let classes = try cost("dinov2", ["layers": .integer(n)])
        #expect(classes.parameters == n * 768_000 + 1000)
        let both = try cost("dinov2", ["layers": .integer(n), "input": .text("class+mean")])
        #expect(both.executed.forward == (n + 1) * 768_000)
    }

    @Test("Zero-shot has no parameters and compares with every class")
    func zeroShot() throws {
        let cost = try cost("zeroshot")
        #expect(cost.parameters == 0)
        #expect(cost.executed == MultiplyAccumulates(forward: 768_000, backward: 0))
    }

    @Test("Reading the class token adds one token")
    func efficientOverAllTokens() throws {
        let patch = try cost("efficient", ["tokens": .text("patch")], T: 197)
        let all = try cost("efficient", ["tokens": .text("all")], T: 196)
        #expect(patch == all)
    }

    @Test("A perceptron of two layers costs the sum of its products")
    func perceptron() throws {
        let cost = try cost("mlp", ["hidden": .list([.integer(512), .integer(64)])], D: 384, C: 11)
        #expect(cost.parameters == 384 * 512 + 512 + 512 * 64 + 64 + 64 * 11 + 11)
        #expect(cost.executed.forward == 384 * 512 + 512 * 64 + 64 * 11)
        #expect(cost.executed.backward == 384 * 512 + 2 * 512 * 64 + 2 * 64 * 11)
    }

    @Test(
        "Of samples that differ in length a probe costs what it does on those of mean length",
        arguments: [
            "efficient", "mhca", "abmilp", "aim", "siglip", "simpool", "esimpool", "coca", "cae", "vjepa", "cait",
            "vit-block", "dolg", "vjepa2",
        ])
    func meanLength(_ type: String) throws {
        var shape = ProbeShape(width: 768, tokens: 3...96, classes: 11, hasClassToken: true)
        let longest = try ProbeCatalog.probe(ProbeConfiguration(type: type), shape: shape).cost
        shape.meanTokens = 23
        let mean = try ProbeCatalog.probe(ProbeConfiguration(type: type), shape: shape).cost
        #expect(try mean == cost(type, T: 23, C: 11))
        #expect(try longest == cost(type, T: 96, C: 11))
    }

    @Test("k-NN has no parameters and compares with every training sample")
    func neighbours() throws {
        let cost = try cost("knn")
        #expect(cost.parameters == 0)
        #expect(cost.executed == MultiplyAccumulates(forward: 768_000, backward: 0))
    }
}
