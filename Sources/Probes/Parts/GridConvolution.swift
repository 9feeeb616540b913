internal import Numerics

/// A convolution of several maps on a square grid to one map, with zero padding: y_p = Σ_c Σ_k w_ck x_c(p + k).
struct GridConvolution {
    /// √T.
    let side: Int
    /// Maps that go in.
    let channels: Int
    /// K of a K × K kernel, odd.
    let kernel: Int

    /// - Parameters:
    ///   - maps: `[channels · T]`.
    ///   - weights: `[channels · K · K]`.
    ///   - target: `[T]`.
    @specialized(where S == Float)
    func apply<S: Scalar>(
        _ maps: UnsafeMutableBufferPointer<S>, _ weights: UnsafeMutableBufferPointer<S>,
        into target: UnsafeMutableBufferPointer<S>
    ) {
        target.update(repeating: 0)
        forEachTap { place, source, tap in target[place] += weights[tap] * maps[source] }
    }

    /// Adds to the weights' gradient, and writes that of the maps.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ slope: UnsafeMutableBufferPointer<S>, _ maps: UnsafeMutableBufferPointer<S>,
        _ weights: UnsafeMutableBufferPointer<S>, gradient: UnsafeMutableBufferPointer<S>,
        into mapsSlope: UnsafeMutableBufferPointer<S>
    ) {
        mapsSlope.update(repeating: 0)
        forEachTap { place, source, tap in
            gradient[tap] += slope[place] * maps[source]
            mapsSlope[source] += slope[place] * weights[tap]
        }
    }

    /// Calls the body for every position, channel and tap on the grid, with the position, the index in the maps and the
    /// index in the weights.
    @inline(__always)
    private func forEachTap(_ body: (_ place: Int, _ map: Int, _ tap: Int) -> Void) {
        let (K, half, places) = (kernel, kernel / 2, side * side)
        for place in 0..<places {
            let (row, column) = (place / side, place % side)
            for channel in 0..<channels {
                for down in max(0, half - row)..<min(K, side + half - row) {
                    for right in max(0, half - column)..<min(K, side + half - column) {
                        let source = (row + down - half) * side + column + right - half
                        body(place, channel * places + source, (channel * K + down) * K + right)
                    }
                }
            }
        }
    }
}
