import Features
import Numerics
import Probes
import Sweeps
import Testing
import Units

@testable import Training

@Suite("Units with given weights")
struct GivenWeightsTests {
    @Test("Zero-shot gives 100 times the cosine to each class embedding, and trains nothing")
    func zeroShot() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("zeroshot", ["input": .text("class")])
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        #expect(trained.head == nil && trained.result.trainingSamples == 0 && trained.result.parameters == 0)
        #expect(try #require(trained.result.metrics["top1"]) > 0.6)
        let weights = try set.set.weights("classes")
        let embeddings = try #require(try weights.values(of: "class_embeddings", shape: [4, 24]))
        for (place, row) in trained.predictions.rows.enumerated() {
            let token = Matrix<Float>(rows: 1, columns: 24)
            let view = try #require(set.layer.classToken(try set.set.task("all").samples[row]))
            unpack(view, into: token.view)
            let vector = token.row(0).map(Double.init)
            for label in 0..<4 {
                let embedding = embeddings[label * 24..<(label + 1) * 24].map(Double.init)
                let cosine =
                    zip(vector, embedding).reduce(0) { $0 + $1.0 * $1.1 }
                    / (vector.reduce(0) { $0 + $1 * $1 } * embedding.reduce(0) { $0 + $1 * $1 }).squareRoot()
                #expect(abs(Double(trained.predictions.scores[4 * place + label]) - 100 * cosine) < 1e-3)
            }
        }
    }

    @Test(
        "Fine-tuning starts from the backbone's weights and changes all of them",
        arguments: [
            ("backbone", ["heads": .integer(3)]), ("layer-scale", UnitsUnderTest.blocks("layer-scale")),
            ("post-norm", UnitsUnderTest.blocks("post-norm")),
        ] as [(String, [String: OptionValue])])
    func finetune(weights: String, options: [String: OptionValue]) throws {
        let set = try SyntheticSet()
        let given = try set.set.weights(weights)
        func head(rate: Double) throws -> TrainedHead {
            let settings = UnitsUnderTest.gradient(rates: [rate], epochs: 2)
            let solver = Solver(settings, selection: SelectionSettings(fraction: 0.2, refit: false))
            let unit = try UnitsUnderTest.unit("finetune", options, solver: solver)
            return try #require(try set.train([unit])[unit.key]?.trained?.head)
        }
        let (still, moved) = (try head(rate: 0), try head(rate: 0.01))
        for (index, tensor) in still.tensors.enumerated() where tensor.name.hasPrefix("blocks.") {
            let values = try #require(try given.values(of: tensor.name, shape: tensor.shape))
            #expect(tensor.values == values, "\(tensor.name)")
            // Softmax takes no notice of the keys' biases, the second third of them.
            let changed = zip(moved.tensors[index].values, values).count { $0 != $1 }
            #expect(Double(changed) > 0.5 * Double(values.count), "\(tensor.name)")
        }
    }

    @Test("A unit whose weights are not those of the plan fails with the reason")
    func otherWeights() throws {
        let set = try SyntheticSet()
        var unit = try UnitsUnderTest.unit("finetune", ["heads": .integer(3)])
        unit.weights?.digest = "0"
        #expect(try set.train([unit])[unit.key]?.error?.field == "weights")
    }

    @Test("A head on several layers reads all of them: another earlier layer gives other logits")
    func severalLayers() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("dinov2", ["layers": .integer(2)])
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        let file = HeadFile(try #require(trained.head), HeadDescription(unit, classNames: nil))
        let samples = Array(0..<20)
        let path = try KernelPath.fromEnvironment()
        let right = try HeadPredictor(
            file, layer: set.layer, earlierLayers: [set.earlierLayer], threads: 1, on: path)
        let wrong = try HeadPredictor(file, layer: set.layer, earlierLayers: [set.layer], threads: 1, on: path)
        #expect(right.logits(of: samples) != wrong.logits(of: samples))
        #expect(throws: TrainingError.self) { try HeadPredictor(file, layer: set.layer, threads: 1, on: path) }
    }
}
