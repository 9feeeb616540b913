import Testing

@testable import Numerics

@Suite("Products shared by threads")
struct SharedProductTests {
    /// Shapes that are cut by columns, by rows, unevenly, and not at all.
    static let shapes = [(256, 1000, 768), (205, 24, 384), (24, 768, 205), (513, 17, 300), (3, 5, 7)]

    @Test("have the same bits as on one thread", arguments: KernelPath.tested, shapes)
    func sameBits(_ path: KernelPath, _ shape: (m: Int, n: Int, k: Int)) {
        let (m, n, k) = shape
        let pool = ThreadPool(threads: 3)
        for (left, right) in [(false, false), (true, false), (false, true)] {
            let a = random(left ? k : m, left ? m : k, stream: 1)
            let b = random(right ? n : k, right ? k : n, stream: 2)
            let (alone, shared) = (Matrix<Float>(rows: m, columns: n), Matrix<Float>(rows: m, columns: n))
            multiply(a.view, transposed: left, b.view, transposed: right, into: alone.view, on: path)
            pool.sharingProducts {
                multiply(a.view, transposed: left, b.view, transposed: right, into: shared.view, on: path)
            }
            #expect((0..<m * n).allSatisfy { alone.elements[$0].bitPattern == shared.elements[$0].bitPattern })
        }
    }

    private func random(_ rows: Int, _ columns: Int, stream: UInt64) -> Matrix<Float> {
        let matrix = Matrix<Float>(rows: rows, columns: columns)
        let generator = CounterGenerator(key: 5, stream: stream)
        for index in 0..<rows * columns { matrix.elements[index] = Float(generator.normal(at: UInt64(index))) }
        return matrix
    }
}
