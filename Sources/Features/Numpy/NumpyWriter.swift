/// Writes one array of single precision as .npy (version 1.0, C order).
package enum NumpyWriter {
    /// - Parameters:
    ///   - values: the elements, row-major.
    ///   - shape: extents whose product is the number of values.
    package static func write(_ values: [Float], shape: [Int], to path: String) throws(FeatureError) {
        precondition(shape.reduce(1, *) == values.count, "\(values.count) values do not fill shape \(shape).")
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
        // Signature, version and length take 10 bytes; data begin at a multiple of 64.
        header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64) + [0x0A]
        let preamble: [UInt8] =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
        let file = try OutputFile.create(path)
        try file.append(preamble + header)
        try file.append(values.map(\.bitPattern.littleEndian))
        _ = try file.finish()
    }
}
