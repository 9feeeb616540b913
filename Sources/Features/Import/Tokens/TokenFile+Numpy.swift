extension TokenFile {
    static func openNumpy(_ path: String, _ options: Options) throws(FeatureError) -> TokenArray {
        let file = try NumpyFile.open(path, inAnyOrder: true)
        return try array(file.header, in: file.mapping, from: 0, path: path, options)
    }

    /// An array that lies in a mapped file as it is.
    ///
    /// - Parameters:
    ///   - start: where the header begins.
    ///   - path: what errors call the array.
    static func array(
        _ header: NumpyHeader, in mapping: MappedFile, from start: Int, path: String, _ options: Options
    ) throws(FeatureError) -> TokenArray {
        let element = try element(of: header, path: path, options)
        let dataStart = start + header.dataStart
        let rowBytes = (header.shape.last ?? 1) * element.byteCount
        let reader: any RowReader =
            header.isFortranOrder
            ? FortranRows(mapping: mapping, start: dataStart, shape: header.shape, elementBytes: element.byteCount)
            : MappedRows(mapping: mapping, start: dataStart, rowBytes: rowBytes)
        return TokenArray(
            path: path, element: element, isBigEndian: header.isBigEndian, shape: header.shape,
            dataStart: header.isFortranOrder ? nil : dataStart, reader: reader)
    }

    /// The type of an array that has any elements.
    static func element(
        of header: NumpyHeader, path: String, _ options: Options
    ) throws(FeatureError) -> TokenArray.Element {
        try checkExtents(header.shape, of: path)
        switch header.type {
        case .float(bytes: 2): return .float16
        case .float(bytes: 4): return .float32
        case .float: return .float64
        case .void2 where options.readsVoidAsBFloat16: return .bfloat16
        case .void2:
            throw FeatureError(
                file: path, field: "descr", found: "elements of two opaque bytes",
                expected: "a floating-point type",
                remedy: "If the array holds bfloat16, add --bfloat16; otherwise save it as float32.")
        default:
            throw FeatureError(
                file: path, field: "descr", found: "integers", expected: "a floating-point type",
                remedy: "Features are float16, bfloat16, float32 or float64; is this the labels file?")
        }
    }
}

/// Rows of an array whose first axis varies fastest, put together a block of samples at a time.
///
/// Every block reads short runs all over the file, so blocks are as large as memory allows them to be without mattering.
final class FortranRows: RowReader {
    /// Bytes of a block, unless one sample is larger.
    private static let blockBytes = 64 << 20

    private let mapping: MappedFile
    private let start: Int
    /// n and the elements of one sample, which are a column of the file each.
    private let samples: Int
    private let columns: Int
    private let rowsPerSample: Int
    private let size: Int
    private var block: [UInt8] = []
    private var blockSamples = 0..<0

    init(mapping: MappedFile, start: Int, shape: [Int], elementBytes: Int) {
        self.mapping = mapping
        self.start = start
        samples = shape.first ?? 1
        columns = shape.dropFirst().reduce(1, *)
        rowsPerSample = shape.dropFirst().dropLast().reduce(1, *)
        size = elementBytes
    }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let wanted = rows.lowerBound / rowsPerSample..<rows.upperBound / rowsPerSample
        if !(blockSamples.contains(wanted.lowerBound) && blockSamples.upperBound >= wanted.upperBound) {
            let most = max(wanted.count, Self.blockBytes / (columns * size))
            fill(wanted.lowerBound..<min(samples, wanted.lowerBound + most))
        }
        let sampleBytes = columns * size
        let first = (wanted.lowerBound - blockSamples.lowerBound) * sampleBytes
        // The library's closure cannot throw typed errors, so the result is passed out instead.
        let result: Result<Void, FeatureError> = block.withUnsafeBytes { bytes in
            let slice = UnsafeRawBufferPointer(rebasing: bytes[first..<first + wanted.count * sampleBytes])
            do throws(FeatureError) { return .success(try body(slice)) } catch { return .failure(error) }
        }
        try result.get()
    }

    private func fill(_ range: Range<Int>) {
        blockSamples = range
        block = [UInt8](repeating: 0, count: range.count * columns * size)
        block.withUnsafeMutableBytes { block in
            switch size {
            case 2: transpose(range, into: block, as: UInt16.self)
            case 4: transpose(range, into: block, as: UInt32.self)
            default: transpose(range, into: block, as: UInt64.self)
            }
        }
    }

    /// Column c of the file holds element (c mod T, c div T) of every sample.
    private func transpose<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ range: Range<Int>, into block: UnsafeMutableRawBufferPointer, as type: Bits.Type
    ) {
        let (tokens, width) = (rowsPerSample, columns / rowsPerSample)
        var released = start
        for column in 0..<columns {
            let run = start + (column * samples + range.lowerBound) * size
            let place = (column % tokens * width + column / tokens) * size
            for sample in 0..<range.count {
                let element = mapping.bytes.loadUnaligned(fromByteOffset: run + sample * size, as: type)
                block.storeBytes(of: element, toByteOffset: sample * columns * size + place, as: type)
            }
            if run - released > Self.blockBytes {
                mapping.release(released..<run)
                released = run
            }
        }
        mapping.release(released..<mapping.count)
    }
}
