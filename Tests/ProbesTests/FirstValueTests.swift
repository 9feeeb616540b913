import Numerics
import Testing

@testable import Probes

@Suite("Initial values of tensors")
struct FirstValueTests {
    @Test(
        "A tensor initialised in bulk equals its elements initialised one by one",
        arguments: [
            TensorInitializer.constant(0.25), .normal(deviation: 0.02), .truncatedNormal(deviation: 0.02),
            .defaultLinear(inputs: 768), .loaded(otherwise: .uniform(bound: 3)),
        ])
    func filled(initializer: TensorInitializer) {
        let generator = CounterGenerator(key: 11, stream: 5)
        let layout = TensorLayout([TensorSpecification("weight", shape: [7, 301], initializer)])
        let memory = Matrix<Float>(rows: 1, columns: layout.extent)
        let block = TensorBlock(layout, of: memory)
        block.initialize { _ in generator }
        #expect(Array(block[0]) == (0..<7 * 301).map { Float(initializer.value(at: $0, from: generator)) })
        withExtendedLifetime(memory) {}
    }
}
