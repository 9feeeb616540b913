import COpenBLAS
import Numerics

/// OpenBLAS, against whose product ours is measured. Nothing but benchmarks links it: its bits depend on the processor
/// (decision 5).
enum BLAS {
    /// Threads that OpenBLAS may use; it starts with one a processor.
    static var threads: Int {
        get { Int(openblas_get_num_threads()) }
        set { openblas_set_num_threads(Int32(newValue)) }
    }

    /// Version, build options and the processor that OpenBLAS took this one for.
    static var description: String {
        let configuration = openblas_get_config().map { String(cString: $0) } ?? "OpenBLAS"
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        return "\(configuration), core \(core)"
    }
}

extension BLAS {
    /// C ← A · B.
    static func multiply(_ a: MatrixView<Float>, _ b: MatrixView<Float>, into c: MatrixView<Float>) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(c.rows), Int32(c.columns), Int32(a.columns), 1, a.pointer,
            Int32(a.stride), b.pointer, Int32(b.stride), 0, c.pointer, Int32(c.stride))
    }
}
