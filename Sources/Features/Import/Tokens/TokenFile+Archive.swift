extension TokenFile {
    /// An array of a .npz archive: a member `KEY.npy`, stored or deflated.
    static func openArchive(_ path: String, _ options: Options) throws(FeatureError) -> TokenArray {
        let archive = try ZipArchive.open(path)
        // What PyTorch saves is a zip archive too, around a pickle.
        if archive.names.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) {
            throw FileFormat.Foreign.pytorch.refusal(of: path, key: options.key)
        }
        let key = try chooseArray(options.key, in: archive)
        let member = try archive.member(key + arrayExtension)
        let name = "\(path):\(key)"
        switch member.method {
        case .stored:
            let bytes = UnsafeRawBufferPointer(rebasing: archive.mapping.bytes[member.bytes])
            let header = try NumpyHeader.read(bytes, of: member.size, file: name)
            try archive.verify(member)
            return try array(
                header, in: archive.mapping, from: member.bytes.lowerBound, path: name, options)
        case .deflated: return try openDeflated(member, of: archive, name: name, options)
        }
    }

    private static let arrayExtension = ".npy"

    private static func chooseArray(_ key: String?, in archive: ZipArchive) throws(FeatureError) -> String {
        let keys = archive.names.filter { $0.hasSuffix(arrayExtension) }.map {
            String($0.dropLast(arrayExtension.count))
        }
        let choice = key ?? usualKeys.first(where: keys.contains) ?? (keys.count == 1 ? keys[0] : nil)
        guard let choice, keys.contains(choice) else {
            throw FeatureError(
                file: archive.mapping.path, field: key.map { "array \"\($0)\"" },
                found: keys.isEmpty ? "no arrays of NumPy" : key == nil ? "several arrays" : "missing",
                expected: keys.isEmpty ? "a .npz archive" : "one of \(keys.sorted().joined(separator: ", "))",
                remedy: "Name the array of features: \(archive.mapping.path):NAME.")
        }
        return choice
    }

    private static func openDeflated(
        _ member: ZipArchive.Member, of archive: ZipArchive, name: String, _ options: Options
    ) throws(FeatureError) -> TokenArray {
        let (header, reader) = try readHeader(member, of: archive, name: name)
        guard !header.isFortranOrder else {
            throw FeatureError(
                file: name, field: "fortran_order", found: "True, compressed", expected: "C order, or no compression",
                remedy: "Save it with np.savez, or in C order (np.ascontiguousarray).")
        }
        let element = try element(of: header, path: name, options)
        return TokenArray(
            path: name, element: element, isBigEndian: header.isBigEndian, shape: header.shape,
            reader: InflatedRows(reader, rowBytes: (header.shape.last ?? 1) * element.byteCount))
    }

    /// Reads the header of a deflated array, and the reader that stands behind it.
    private static func readHeader(
        _ member: ZipArchive.Member, of archive: ZipArchive, name: String
    ) throws(FeatureError) -> (NumpyHeader, InflatingReader) {
        // Twice from the start: only what was inflated says how long the header is.
        var first = [UInt8](repeating: 0, count: min(member.size, NumpyHeader.maximumLength))
        try read(&first, InflatingReader(member, of: archive))
        let result: Result<NumpyHeader, FeatureError> = first.withUnsafeBytes { bytes in
            do throws(FeatureError) {
                return .success(try NumpyHeader.read(bytes, of: member.size, file: name))
            } catch { return .failure(error) }
        }
        let header = try result.get()
        let reader = try InflatingReader(member, of: archive)
        var skipped = [UInt8](repeating: 0, count: header.dataStart)
        try read(&skipped, reader)
        return (header, reader)
    }

    private static func read(_ bytes: inout [UInt8], _ reader: InflatingReader) throws(FeatureError) {
        let result: Result<Void, FeatureError> = bytes.withUnsafeMutableBytes { buffer in
            do throws(FeatureError) { return .success(try reader.read(into: buffer)) } catch { return .failure(error) }
        }
        try result.get()
    }
}

/// Rows of a deflated array.
private final class InflatedRows: RowReader {
    private let reader: InflatingReader
    private let rowBytes: Int

    init(_ reader: InflatingReader, rowBytes: Int) {
        self.reader = reader
        self.rowBytes = rowBytes
    }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rows.count * rowBytes, alignment: 64)
        defer { buffer.deallocate() }
        try reader.read(into: buffer)
        try body(UnsafeRawBufferPointer(buffer))
    }
}
