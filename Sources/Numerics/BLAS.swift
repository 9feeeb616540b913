internal import COpenBLAS

/// The OpenBLAS library that this process is linked with.
package enum BLAS {
    /// Threads that OpenBLAS may use. The default is one per processor; a worker sets 1, since it parallelises over
    /// samples.
    package static var threads: Int {
        get { Int(openblas_get_num_threads()) }
        set { openblas_set_num_threads(Int32(newValue)) }
    }

    /// Version, build options and detected processor.
    package static var description: String {
        let configuration = openblas_get_config().map { String(cString: $0) } ?? "OpenBLAS"
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        return "\(configuration), core \(core)"
    }
}

extension BLAS {
    /// C ← A · B by OpenBLAS itself, the baseline of benchmarks. Its bits depend on shapes, processor and threads, so
    /// no result depends on it.
    package static func multiply(_ a: MatrixView<Float>, _ b: MatrixView<Float>, into c: MatrixView<Float>) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(c.rows), Int32(c.columns), Int32(a.columns), 1, a.pointer,
            Int32(a.stride), b.pointer, Int32(b.stride), 0, c.pointer, Int32(c.stride))
    }
}
