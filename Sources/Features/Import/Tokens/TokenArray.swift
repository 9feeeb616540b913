/// An array of floating-point numbers in a user's file, read as rows of its last axis from the first to the last.
struct TokenArray {
    /// Floating-point types that tokens are imported from.
    enum Element: String, Sendable, Codable {
        case float16, bfloat16, float32, float64

        var byteCount: Int {
            switch self {
            case .float16, .bfloat16: 2
            case .float32: 4
            case .float64: 8
            }
        }

        /// The type that represents every value exactly; single precision for double precision.
        var storedType: ElementType {
            switch self {
            case .float16: .float16
            case .bfloat16: .bfloat16
            case .float32, .float64: .float32
            }
        }
    }

    let path: String
    let element: Element
    var isBigEndian = false
    /// Extents, samples or tokens first and D last, whatever the order in the file.
    let shape: [Int]
    /// Offset of the first element, in files that hold the elements one after the other.
    var dataStart: Int?
    /// Tokens of each sample, where the file itself parts its rows into samples.
    var sampleLengths: [Int]?
    /// Ids of the samples, where the file has them.
    var ids: [String]?
    let reader: any RowReader

    /// D; 1 for a single number.
    var width: Int { shape.last ?? 1 }
    var rowBytes: Int { width * element.byteCount }

    /// Whether rows of both are the same kind of vector.
    func isAlike(_ other: TokenArray) -> Bool {
        width == other.width && element == other.element && isBigEndian == other.isBigEndian
    }
}

/// Reads rows of D elements from a user's file.
protocol RowReader: AnyObject {
    /// Hands out the elements of some rows, `[rows, D]` in the array's type and byte order, for as long as `body` runs.
    ///
    /// - Parameter rows: begin where those of the call before ended; whole samples of arrays `[n, T, D]`.
    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError)
}

/// Rows that lie in a mapped file one after the other.
final class MappedRows: RowReader {
    private let mapping: MappedFile
    private let start: Int
    private let rowBytes: Int

    /// - Parameter start: offset of the first row.
    init(mapping: MappedFile, start: Int, rowBytes: Int) {
        self.mapping = mapping
        self.start = start
        self.rowBytes = rowBytes
    }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let range = start + rows.lowerBound * rowBytes..<start + rows.upperBound * rowBytes
        try body(UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
        mapping.release(range)
    }
}
