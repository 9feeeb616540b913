/// Writes a sample's tokens row by row, `[T, D]`, as elements of S. Exact wherever S is at least as wide as the file's
/// type.
@specialized(where S == Float)
package func unpack<S: Scalar>(_ view: TokenView, into rows: MatrixView<S>) {
    precondition(rows.rows == view.tokens && rows.columns == view.width, "[\(view.tokens), \(view.width)] tokens")
    for token in 0..<view.tokens {
        let target = rows.pointer + token * rows.stride
        let source = view.base + token * view.width * view.type.size
        switch view.type {
        case .float32: convert(source.assumingMemoryBound(to: Float.self), view.width, target) { S($0) }
        case .float64: convert(source.assumingMemoryBound(to: Double.self), view.width, target) { S($0) }
        case .float16: convert(source.assumingMemoryBound(to: Float16.self), view.width, target) { S(Float($0)) }
        case .bfloat16:
            convert(source.assumingMemoryBound(to: UInt16.self), view.width, target) {
                S(Float(bitPattern: UInt32($0) << 16))
            }
        }
    }
}

@inline(__always)
private func convert<Element, S: Scalar>(
    _ source: UnsafePointer<Element>, _ count: Int, _ target: UnsafeMutablePointer<S>, _ value: (Element) -> S
) {
    for index in 0..<count { target[index] = value(source[index]) }
}
