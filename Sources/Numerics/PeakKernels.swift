internal import CKernels

/// Kernels that reach the machine's peak rates, as references for benchmarks; no result depends on them.
package enum PeakKernels {
    /// Multiplies and adds registers with a path's widest instructions, and returns the number of floating-point
    /// operations: timed, the peak rate of the arithmetic units.
    package static func saturateArithmetic(of path: KernelPath, rounds: Int) -> Double {
        var result: Float = 0
        return ck_peak(path.index, rounds, &result)
    }

    /// A sum that is limited by memory bandwidth only.
    package static func plainSum(_ x: UnsafePointer<Float>, count: Int) -> Float {
        ck_plain_sum(x, count)
    }
}
