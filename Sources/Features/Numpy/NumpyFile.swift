/// A .npy file, memory-mapped: one array of numbers, read in place.
///
/// Layout: `\x93NUMPY`, major and minor version, the header's length (2 bytes little-endian in version 1, 4 in versions
/// 2 and 3), the header, then the elements.
struct NumpyFile: Sendable {
    let path: String
    let type: NumpyType
    let isBigEndian: Bool
    /// Extents, row-major.
    let shape: [Int]
    /// Where the elements begin.
    let dataStart: Int
    private let mapping: MappedFile

    /// The elements in the file's layout: valid as long as this value, aligned only as the file is.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: mapping.bytes[dataStart...]) }

    /// Maps a file and checks its header and length; no element is read.
    static func open(_ path: String) throws(FeatureError) -> NumpyFile {
        let mapping = try MappedFile.open(path)
        let header = try headerRange(in: mapping)
        var parser = NumpyHeaderParser(
            UnsafeRawBufferPointer(rebasing: mapping.bytes[header]), start: header.lowerBound, file: path)
        try parser.parse()
        guard let descr = parser.descr, let isFortranOrder = parser.isFortranOrder, let shape = parser.shape else {
            throw FeatureError(
                file: path, field: ".npy header", found: "a key is missing",
                expected: "descr, fortran_order and shape", remedy: "Save the array again with np.save.")
        }
        let (type, isBigEndian) = try numberType(descr, path: path)
        // Arrays of one axis are in both orders.
        guard !isFortranOrder || shape.count < 2 else {
            throw FeatureError(
                file: path, field: "fortran_order", found: "True", expected: "C order",
                remedy: "Save a copy in C order: np.save(file, np.ascontiguousarray(array)).")
        }
        let file = NumpyFile(
            path: path, type: type, isBigEndian: isBigEndian, shape: shape, dataStart: header.upperBound,
            mapping: mapping)
        try file.checkLength(mapping.count - header.upperBound)
        return file
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

    private static func headerRange(in mapping: MappedFile) throws(FeatureError) -> Range<Int> {
        func refuse(_ offset: Int, _ found: String, _ expected: String) -> FeatureError {
            let zipped = mapping.bytes.starts(with: "PK".utf8)
            return FeatureError(
                file: mapping.path, offset: offset, found: zipped ? "a zip archive (.npz)" : found, expected: expected,
                remedy: zipped
                    ? "Unpack it first: python3 -m zipfile -e FILE.npz FOLDER gives one .npy for each array."
                    : "The file is damaged or not .npy: save it again with np.save.")
        }
        guard mapping.bytes.starts(with: [0x93] + Array("NUMPY".utf8)), mapping.count >= 12 else {
            throw refuse(0, "no .npy signature", "\\x93NUMPY")
        }
        let bytes = mapping.bytes
        let start: Int
        let length: Int
        switch bytes[6] {
        case 1:
            start = 10
            length = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        case 2, 3:
            start = 12
            length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        default: throw refuse(6, "version \(bytes[6])", "1, 2 or 3")
        }
        guard length <= mapping.count - start else {
            throw refuse(8, "a header of \(length) bytes", "at most the \(mapping.count - start) that follow")
        }
        return start..<(start + length)
    }

    private func checkLength(_ available: Int) throws(FeatureError) {
        var expected: Int? = type.byteCount
        for extent in shape.sorted() {
            expected = expected.flatMap { count in
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                return overflow ? nil : product
            }
        }
        guard expected == available else {
            throw FeatureError(
                file: path, field: "shape", offset: dataStart, found: "\(available) bytes of data for shape \(shape)",
                expected: expected.map { "\($0)" } ?? "a shape that can be addressed",
                remedy: "The file is cut short or damaged: copy or save it again.")
        }
    }
}
