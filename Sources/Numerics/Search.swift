internal import CKernels

/// Indices i, ascending, where x[i] is not below a common limit, or not below limits[i]. NaN compares below nothing.
///
/// - Parameter places: A buffer for `count` indices.
/// - Returns: The number of indices.
package func placesNotBelow(
    _ limit: Float, _ limits: UnsafePointer<Float>, in x: UnsafePointer<Float>, count: Int,
    into places: UnsafeMutablePointer<UInt32>, on path: KernelPath
) -> Int {
    ck_kernels_for(path.index, MemoryLayout<Float>.size).pointee
        .places_not_below(x, count, Double(limit), limits, places)
}

/// Partial selection: brings the `least` smallest of some distinct keys to the front, the largest of them last.
package func bringLeastToFront(_ keys: UnsafeMutablePointer<UInt64>, count: Int, least: Int) {
    precondition(least >= 1 && least <= count, "the \(least) least of \(count)")
    ck_least_first(keys, count, least)
}
