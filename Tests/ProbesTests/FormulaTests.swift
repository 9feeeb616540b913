import Probes
import Testing

/// The reference's MAC formulas, section A of probing_methods.md, at the shapes of ViT-S, ViT-B and ViT-L.
@Suite("Cost formulas")
struct FormulaTests {
    /// One model's shape: T patch tokens of width D, C classes.
    struct Shape: CustomTestStringConvertible, Sendable {
        let name: String
        let T: Int
        let D: Int
        let C: Int

        var testDescription: String { name }
    }

    static let shapes = [
        Shape(name: "ViT-S", T: 196, D: 384, C: 101), Shape(name: "ViT-B", T: 196, D: 768, C: 1000),
        Shape(name: "ViT-L", T: 256, D: 1024, C: 1000),
    ]

    /// Forward in the literature's order, forward and backward in the cheapest one; the head's D·C or 2·D·C included.
    struct Formula: Sendable {
        let type: String
        var options: [String: OptionValue] = [:]
        let reference: @Sendable (_ T: Int, _ D: Int) -> Int
        let forward: @Sendable (_ T: Int, _ D: Int) -> Int
        /// Nil where values are made again, which the reference does not do.
        let backward: (@Sendable (_ T: Int, _ D: Int) -> Int)?
    }

    static let formulas: [Formula] = [
        Formula(
            type: "efficient", reference: { T, D in T * D * D + 32 * T * D + T * D },
            forward: { T, D in 2 * 32 * T * D + D * D }, backward: { T, D in 2 * 32 * T * D + 2 * D * D }),
        Formula(
            type: "mhca", options: ["heads": .integer(16)], reference: { T, D in D * D + 2 * T * D * D + 2 * T * D },
            forward: { T, D in 2 * 16 * T * D + D * D }, backward: { T, D in 2 * 16 * T * D + 2 * D * D }),
        Formula(
            type: "aim", reference: { T, D in 2 * T * D * D + 2 * T * D }, forward: { T, D in 2 * 16 * T * D + D * D },
            backward: { T, D in 2 * 16 * T * D + 2 * D * D }),
        Formula(
            type: "abmilp", reference: { T, D in T * D }, forward: { T, D in 2 * T * D },
            backward: { T, D in 2 * T * D }),
        Formula(
            type: "abmilp", options: ["self-attention": .text("both"), "depth": .integer(2)],
            reference: { T, D in 5 * T * D * D + 2 * T * T * D + T * D },
            forward: { T, D in 2 * T * D * D + 2 * T * T * D + 2 * T * D + D * D },
            backward: { T, D in 3 * T * D * D + 2 * T * T * D + 3 * T * D + 2 * D * D }),
        Formula(
            type: "simpool", reference: { T, D in D * D + T * D * D + 2 * T * D },
            forward: { T, D in 2 * D * D + 2 * T * D }, backward: { T, D in 3 * D * D + 2 * T * D }),
        Formula(
            type: "esimpool", options: ["heads": .integer(16)], reference: { T, D in 2 * T * D },
            forward: { T, D in 2 * T * D }, backward: { T, D in 2 * T * D }),
        Formula(
            type: "clip", reference: { T, D in 4 * (T + 1) * D * D + 2 * (T + 1) * (T + 1) * D },
            forward: { T, D in 4 * D * D + 8 * (T + 1) * D }, backward: { T, D in 8 * D * D + 16 * (T + 1) * D }),
        Formula(
            type: "siglip", reference: { T, D in 2 * T * D * D + 2 * T * D + 10 * D * D },
            forward: { T, D in 2 * 8 * T * D + 10 * D * D }, backward: { T, D in 2 * 8 * T * D + 20 * D * D }),
        Formula(
            type: "vjepa", reference: { T, D in 2 * T * D * D + 2 * T * D + 10 * D * D },
            forward: { T, D in 2 * 16 * T * D + 10 * D * D }, backward: { T, D in 2 * 16 * T * D + 20 * D * D }),
        Formula(
            type: "cait", reference: { T, D in 2 * (T + 1) * D * D + 2 * (T + 1) * D + 10 * D * D },
            forward: { T, D in 8 * (T + 1) * D + 10 * D * D }, backward: { T, D in 8 * (T + 1) * D + 20 * D * D }),
        Formula(
            type: "vit-block", reference: { T, D in 12 * T * D * D + 2 * T * T * D },
            forward: { T, D in 8 * T * D * D + 2 * T * T * D + 4 * D * D }, backward: nil),
        Formula(
            type: "coca", reference: { T, D in 2 * 196 * 512 * D + 128 * T * D + 2 * 8 * 196 * T * 64 },
            forward: { T, D in 16 * T * D + 1024 * D }, backward: { T, D in 16 * T * D + 2048 * D }),
        Formula(
            type: "cbam", reference: { T, D in D * D / 4 + 98 * T },
            forward: { T, D in D * D / 4 + 98 * T + 2 * T * D },
            backward: { T, D in 5 * D * D / 16 + 196 * T + 2 * T * D }),
        Formula(
            type: "dolg", reference: { T, D in T * D * D + T * D }, forward: { T, D in T * D * D + 2 * T * D },
            backward: { T, D in T * D * D + 4 * T * D }),
        Formula(
            type: "cae", reference: { T, D in 2 * T * D * D + 2 * T * D + 2 * D * D },
            forward: { T, D in 16 * T * D + 2 * D * D }, backward: { T, D in 16 * T * D + 4 * D * D }),
    ]

    @Test("Both accountings match the reference", arguments: shapes)
    func published(_ shape: Shape) throws {
        let (T, D, C) = (shape.T, shape.D, shape.C)
        for formula in Self.formulas {
            let cost = try ProbeCatalog.probe(
                ProbeConfiguration(type: formula.type, options: formula.options),
                shape: ProbeShape(width: D, tokens: T, classes: C, hasClassToken: true)
            ).cost
            #expect(cost.reference.forward == formula.reference(T, D) + D * C, "\(formula.type)")
            #expect(cost.executed.forward == formula.forward(T, D) + D * C, "\(formula.type)")
            if let backward = formula.backward {
                #expect(cost.executed.backward == backward(T, D) + 2 * D * C, "\(formula.type)")
            }
        }
    }
}
