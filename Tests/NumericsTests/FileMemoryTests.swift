import Numerics
import Testing

@Suite("File-backed memory")
struct FileMemoryTests {
    @Test("holds zeroed, disjoint matrices")
    func matrices() throws {
        let extents = [(3, 5), (0, 7), (128, 33)]
        let bytes = extents.reduce(0) { $0 + FileMemory.extent($1.0 * $1.1, of: Float.self) }
        let file = try FileMemory.reserve(bytes)
        let matrices = extents.map { Matrix<Float>(rows: $0.0, columns: $0.1, in: file) }
        for (place, matrix) in matrices.enumerated() {
            #expect((0..<matrix.rows * matrix.columns).allSatisfy { matrix.elements[$0] == 0 })
            #expect(UInt(bitPattern: matrix.elements) % 64 == 0)
            matrix.fill(Float(place + 1))
        }
        for (place, matrix) in matrices.enumerated() {
            #expect((0..<matrix.rows * matrix.columns).allSatisfy { matrix.elements[$0] == Float(place + 1) })
        }
    }

    @Test("is refused with bytes and folder if there is no space")
    func noRoom() throws {
        let error = #expect(throws: FileMemoryError.self) { try FileMemory.reserve(1 << 60) }
        #expect(error?.bytes == 1 << 60)
        #expect(error?.description.contains("TMPDIR") == true)
    }

    @Test("is counted like the operating system: allocated and touched memory counts, freed memory does not")
    func held() async {
        // In a process of its own: other tests allocate and free at the same time.
        await #expect(processExitsWith: .success) {
            ProcessMemory.returnLargeBlocks()
            let before = ProcessMemory.anonymous
            #expect(before > 1 << 20)
            var matrix: Matrix<Float>? = Matrix<Float>(rows: 1 << 12, columns: 1 << 14)
            #expect(ProcessMemory.anonymous - before < 100 << 20)
            matrix?.fill(1)
            #expect(withExtendedLifetime(matrix) { ProcessMemory.anonymous } - before > 200 << 20)
            matrix = nil
            #expect(ProcessMemory.anonymous - before < 100 << 20)
            #expect(MachineMemory.bytes > 1 << 26)
        }
    }
}
