import Numerics
import Testing

@testable import Probes

@Suite("Probes with rounded readings")
struct RoundedReadingTests {
    /// Gradients and ζ of one head attention, with a reading of numbers or a rounded one.
    private func run(_ core: HeadAttention, rounded: RoundedReading?, reading: Matrix<Float>, on path: KernelPath)
        -> (output: [Float], weightGradient: [Float], readingGradient: [Float])
    {
        let (n, width, outputWidth) = (reading.rows, core.width, 48)
        let values = matrix(outputWidth, width, seed: 3), slope = matrix(n, outputWidth, seed: 4)
        let output = Matrix<Float>(rows: n, columns: outputWidth)
        let weightGradient = Matrix<Float>(rows: outputWidth, columns: width)
        let readingGradient = Matrix<Float>(rows: n, columns: reading.columns)
        let inputs = ProbeInputs(reading: reading.view, rounded: rounded)
        core.project(inputs, by: values.view, into: output.view, on: path)
        core.projectBackward(
            slope.view, inputs, values.view, weightGradient: weightGradient.view,
            readingGradient: readingGradient.view, on: path)
        return (
            elements(output), elements(weightGradient), rounded.map(\.gradient.numbers) ?? elements(readingGradient)
        )
    }

    private func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Float> {
        let generator = CounterGenerator(key: seed, stream: 1)
        let matrix = Matrix<Float>(rows: rows, columns: columns)
        for index in 0..<rows * columns { matrix.elements[index] = Float(generator.normal(at: UInt64(index))) }
        return matrix
    }

    private func elements(_ matrix: Matrix<Float>) -> [Float] {
        Array(UnsafeBufferPointer(start: matrix.elements, count: matrix.rows * matrix.columns))
    }

    private func bits(_ number: Float) -> UInt16 {
        UInt16(truncatingIfNeeded: (number.bitPattern + 0x7fff + (number.bitPattern >> 16 & 1)) >> 16)
    }

    private static let paths = KernelPath.available.filter { $0.roundsReadings(of: .bfloat16, width: 64) }

    @Test(
        "A rounded reading gives the same output and gradients, and a rounded ζ",
        .enabled(if: !paths.isEmpty, "no kernel path here has products of bfloat16 pairs (avx512_bf16)"),
        arguments: paths, [1, 2, 6])
    func sameBits(path: KernelPath, heads: Int) {
        let core = HeadAttention(heads: heads, width: 64)
        let reading = matrix(37, heads * 64, seed: 1)
        let memory = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 * 37 * heads * 64)
        defer { memory.deallocate() }
        for (index, number) in elements(reading).enumerated() { memory[index] = bits(number) }
        let views = [0, 1].map {
            RoundedView(pointer: memory + $0 * 37 * heads * 64, rows: 37, columns: heads * 64)
        }
        let exact = run(core, rounded: nil, reading: reading, on: path)
        let rounded = run(
            core, rounded: RoundedReading(pooled: views[0], gradient: views[1]), reading: reading, on: path)
        #expect(rounded.output == exact.output)
        #expect(rounded.weightGradient == exact.weightGradient)
        #expect(rounded.readingGradient.map(bits) == exact.readingGradient.map(bits))
    }

    @Test("Efficient probing lets the core round unless its chunks are deeper than a block of a product")
    func demand() throws {
        for (queries, allows) in [(32, true), (1, false)] {
            let shape = ProbeShape(width: 768, tokens: 196, classes: 10, hasClassToken: true)
            let probe = try ProbeCatalog.probe(
                ProbeConfiguration(type: "efficient", options: ["queries": .integer(queries)]), shape: shape)
            guard case .attention(let demand) = (probe as? any GradientProbe)?.reading else {
                Issue.record("EP attends")
                return
            }
            #expect(demand.allowsRounding == allows)
        }
    }
}
