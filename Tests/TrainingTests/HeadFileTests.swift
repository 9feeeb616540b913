import Features
import Foundation
import Numerics
import Probes
import Sweeps
import Testing
import Units

@testable import Training

@Suite("Head files")
struct HeadFileTests {
    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "head-\(UUID().uuidString).safetensors").path
    }

    @Test("A head from a file gives the scored logits bit for bit")
    func deployed() throws {
        let set = try SyntheticSet()
        let units = try UnitsUnderTest.variety().filter {
            $0.solver.settings is GradientSettings && $0.fold.heldOut == 0
        }
        let outcomes = try set.train(units, threads: 2)
        for unit in units {
            let trained = try #require(outcomes[unit.key]?.trained)
            let path = temporaryPath()
            defer { try? FileManager.default.removeItem(atPath: path) }
            var description = HeadDescription(unit, classNames: ["a", "b", "c", "d"])
            (description.hasClassToken, description.registers) = (set.layer.hasClassToken, set.layer.registers)
            let file = HeadFile(try #require(trained.head), description)
            try file.write(to: path)
            let read = try HeadFile.read(path)
            #expect(read.description == file.description)
            let task = try set.set.task(unit.task.name)
            let predictor = try HeadPredictor(
                read, layer: set.layer, earlierLayers: [set.earlierLayer], threads: 1, on: .fromEnvironment())
            let logits = predictor.logits(of: trained.predictions.rows.map { task.samples[$0] })
            #expect(
                logits.map(\.bitPattern) == trained.predictions.scores.map(\.bitPattern), "\(unit.probe)")
        }
    }

    @Test(
        "A head of logistic or ridge regression is read with a norm that is the identity",
        arguments: [UnitsUnderTest.logistic(), UnitsUnderTest.ridge()])
    func withoutNorm(_ solver: Solver) throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("linear", solver: solver)
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        let file = HeadFile(try #require(trained.head), HeadDescription(unit, classNames: nil))
        let task = try set.set.task(unit.task.name)
        let logits = try HeadPredictor(file, layer: set.layer, threads: 1, on: .fromEnvironment())
            .logits(of: trained.predictions.rows.map { task.samples[$0] })
        // Fits multiply in full precision; a predictor may round the inputs of products to bfloat16, a 2⁻⁹ of each.
        for (logit, scored) in zip(logits, trained.predictions.scores) {
            #expect(abs(logit - scored) < 5e-3 * max(1, abs(scored)))
        }
        #expect(logits.count == trained.predictions.scores.count)
    }

    @Test("A head with a missing, unknown or misshapen tensor is rejected with the tensor's name")
    func refusals() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit("efficient", ["queries": .integer(4)])
        let head = try #require(try set.train([unit])[unit.key]?.trained?.head)
        let path = try KernelPath.fromEnvironment()
        func refusal(_ change: (inout TrainedHead) -> Void) -> String? {
            var file = HeadFile(head, HeadDescription(unit, classNames: nil))
            change(&file.head)
            do throws(TrainingError) {
                _ = try HeadPredictor(file, layer: set.layer, threads: 1, on: path)
                return nil
            } catch {
                return error.field
            }
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.tensors.removeAll { $0.name == "queries" } } == "queries")
        #expect(refusal { $0.tensors[0].name = "query" } == "queries")
        #expect(refusal { $0.tensors.append(HeadTensor(name: "gate", shape: [1], values: [0])) } == "gate")
        #expect(refusal { $0.tensors[1].shape = [2, 12] } == "value.weight")
    }

    @Test(
        "A size in the metadata that no head has is rejected with its option before memory is taken for it",
        arguments: [
            ("efficient", "output", OptionValue.integer(1 << 62)), ("efficient", "queries", .integer(.max)),
            ("mlp", "hidden", .list([.integer(8), .integer(1 << 62)])), ("abmilp", "depth", .integer(1 << 62)),
            ("finetune", "blocks", .integer(1 << 62)), ("aim", "heads", .integer(0)),
        ])
    func size(_ probe: String, _ option: String, _ value: OptionValue) throws {
        let set = try SyntheticSet()
        let file = HeadFile(
            TrainedHead(tensors: [HeadTensor(name: "head.bias", shape: [2], values: [0, 0])]),
            HeadDescription(probe: ProbeConfiguration(type: probe, options: [option: value])))
        #expect {
            try HeadPredictor(file, layer: set.layer, threads: 1, on: .fromEnvironment())
        } throws: {
            ($0 as? TrainingError)?.field == "probe.options.\(option)"
        }
    }

    @Test(
        "The largest size that an option takes is rejected by the tensors that the file lacks",
        arguments: [("mlp", "hidden", OptionValue.list([.integer(1 << 20)])), ("abmilp", "depth", .integer(1 << 20))])
    func lacking(_ probe: String, _ option: String, _ value: OptionValue) throws {
        let set = try SyntheticSet()
        let file = HeadFile(
            TrainedHead(tensors: [HeadTensor(name: "head.bias", shape: [2], values: [0, 0])]),
            HeadDescription(probe: ProbeConfiguration(type: probe, options: [option: value])))
        #expect {
            try HeadPredictor(file, layer: set.layer, threads: 1, on: .fromEnvironment())
        } throws: {
            ($0 as? TrainingError)?.problem.contains("missing") == true
        }
    }

    @Test(
        "A value that gives no number is rejected with its tensor and element",
        arguments: [("head.bias", Float.nan), ("head.bias", -Float.infinity), ("norm.running_var", -1)])
    func notFinite(_ tensor: String, _ value: Float) throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let head = TrainedHead(tensors: [HeadTensor(name: tensor, shape: [3], values: [0, value, 1])])
        try HeadFile(head, HeadDescription(probe: ProbeConfiguration(type: "linear"))).write(to: path)
        #expect { try HeadFile.read(path) } throws: {
            ($0 as? FeatureError)?.field == "tensor \"\(tensor)\", element 1"
        }
    }

    @Test("A file without the probe's configuration is rejected with the field")
    func missingProbe() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = try SafetensorsWriter.create(path, tensors: [(name: "head.bias", type: .float32, shape: [1])])
        try writer.append([Float(0)])
        _ = try writer.finish()
        #expect { try HeadFile.read(path) } throws: { ($0 as? FeatureError)?.field == "__metadata__.probe" }
    }
}
