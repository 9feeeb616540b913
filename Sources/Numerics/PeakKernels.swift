internal import CKernels

/// What benchmarks hold kernels to; no result comes from here.
package enum Yardsticks {
    /// Multiplies and adds from registers alone, in a path's widest way, and gives the floating-point operations done:
    /// timed, the peak of the arithmetic units.
    package static func exhaustArithmetic(of path: KernelPath, rounds: Int) -> Double {
        var result: Float = 0
        return ck_peak(path.index, rounds, &result)
    }

    /// A sum that waits for nothing but memory.
    package static func plainSum(_ x: UnsafePointer<Float>, count: Int) -> Float {
        ck_plain_sum(x, count)
    }
}
