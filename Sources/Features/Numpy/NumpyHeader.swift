/// What stands at the beginning of a .npy file.
///
/// Layout: `\x93NUMPY`, major and minor version, the header's length (2 bytes little-endian in version 1, 4 in versions
/// 2 and 3), the header, then the elements.
struct NumpyHeader: Sendable {
    let type: NumpyType
    let isBigEndian: Bool
    /// Extents, as NumPy shows them.
    let shape: [Int]
    /// Whether the first axis varies fastest. Arrays of one axis are in both orders and count as the usual one.
    let isFortranOrder: Bool
    /// Where the elements begin.
    let dataStart: Int

    /// Headers above this length are refused: NumPy itself reads none above 10,000 bytes unless it is told to.
    static let maximumLength = 1 << 20

    /// Reads a header and checks that as many bytes follow as type and shape ask for.
    ///
    /// - Parameters:
    ///   - bytes: the first bytes of the file, the header's at least.
    ///   - total: bytes of the whole file.
    static func read(
        _ bytes: UnsafeRawBufferPointer, of total: Int, file: String
    ) throws(FeatureError) -> NumpyHeader {
        let range = try range(in: bytes, of: total, file: file)
        guard range.upperBound <= bytes.count else {
            throw refuse(8, "a header of \(range.count) bytes", "at most \(maximumLength)", file)
        }
        var parser = NumpyHeaderParser(
            UnsafeRawBufferPointer(rebasing: bytes[range]), start: range.lowerBound, file: file)
        try parser.parse()
        guard let descr = parser.descr, let isFortranOrder = parser.isFortranOrder, let shape = parser.shape else {
            throw FeatureError(
                file: file, field: ".npy header", found: "a key is missing",
                expected: "descr, fortran_order and shape", remedy: "Save the array again with np.save.")
        }
        let (type, isBigEndian) = try numberType(descr, path: file)
        let header = NumpyHeader(
            type: type, isBigEndian: isBigEndian, shape: shape, isFortranOrder: isFortranOrder && shape.count > 1,
            dataStart: range.upperBound)
        try header.checkLength(total - range.upperBound, file: file)
        return header
    }

    private static func numberType(
        _ descr: String, path: String
    ) throws(FeatureError) -> (type: NumpyType, bigEndian: Bool) {
        if let parsed = NumpyType.parse(descr) { return parsed }
        let kind = descr.dropFirst().first
        let remedy =
            switch kind {
            case "O":
                "Object arrays are pickles and are never read; save numbers: np.save(file, array.astype('int64'))."
            case "U", "S": "Save class numbers instead of strings, or give a CSV file."
            default: "Save the array as float16, float32, float64 or as integers."
            }
        throw FeatureError(
            file: path, field: "descr", found: "'\(descr)'", expected: "plain numbers, such as '<f4' or '<i8'",
            remedy: remedy)
    }

    private static func range(
        in bytes: UnsafeRawBufferPointer, of total: Int, file: String
    ) throws(FeatureError) -> Range<Int> {
        guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)), bytes.count >= 12 else {
            throw refuse(0, "no .npy signature", "\\x93NUMPY", file)
        }
        let start: Int
        let length: Int
        switch bytes[6] {
        case 1:
            start = 10
            length = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        case 2, 3:
            start = 12
            length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        default: throw refuse(6, "version \(bytes[6])", "1, 2 or 3", file)
        }
        guard length <= total - start else {
            throw refuse(8, "a header of \(length) bytes", "at most the \(total - start) that follow", file)
        }
        return start..<(start + length)
    }

    private static func refuse(_ offset: Int, _ found: String, _ expected: String, _ file: String) -> FeatureError {
        FeatureError(
            file: file, offset: offset, found: found, expected: expected,
            remedy: "The file is damaged or not .npy: save it again with np.save.")
    }

    private func checkLength(_ available: Int, file: String) throws(FeatureError) {
        var expected: Int? = type.byteCount
        for extent in shape.sorted() {
            expected = expected.flatMap { count in
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                return overflow ? nil : product
            }
        }
        guard expected == available else {
            throw FeatureError(
                file: file, field: "shape", offset: dataStart, found: "\(available) bytes of data for shape \(shape)",
                expected: expected.map { "\($0)" } ?? "a shape that can be addressed",
                remedy: "The file is cut short or damaged: copy or save it again.")
        }
    }
}
