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
        "Efficient probing costs what the reference says at ViT-B, in thousands of multiply–accumulates",
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

    @Test("Reading the class token too makes one more token")
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

    @Test("k-NN has no parameters and compares with every training sample")
    func neighbours() throws {
        let cost = try cost("knn")
        #expect(cost.parameters == 0)
        #expect(cost.executed == MultiplyAccumulates(forward: 768_000, backward: 0))
    }
}
