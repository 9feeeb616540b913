/// A safetensors file, memory-mapped: header checked in full, tensors read in place.
///
/// Layout: bytes 0–7 hold N, the header's length, as little-endian UInt64; N bytes of JSON follow; then the tensors'
/// bytes, little-endian and row-major, which must fill the rest of the file without hole or overlap.
package final class SafetensorsFile: Sendable {
    /// Headers above this length are refused, as the reference implementation does.
    package static let maximumHeaderLength = 100_000_000

    package let path: String
    /// In the order of their bytes.
    package let tensors: [SafetensorsTensor]
    /// The strings under `__metadata__`.
    package let metadata: [String: String]
    let mapping: MappedFile
    private let dataStart: Int
    private let indexOfName: [String: Int]

    private init(mapping: MappedFile, dataStart: Int, tensors: [SafetensorsTensor], metadata: [String: String]) {
        self.path = mapping.path
        self.mapping = mapping
        self.dataStart = dataStart
        self.tensors = tensors
        self.metadata = metadata
        self.indexOfName = Dictionary(uniqueKeysWithValues: zip(tensors.map(\.name), tensors.indices))
    }

    /// Maps a file and checks its header; no tensor is read.
    ///
    /// - Throws: `FeatureError` for anything that the format forbids, with the place in the file.
    package static func open(_ path: String) throws(FeatureError) -> SafetensorsFile {
        let mapping = try MappedFile.open(path)
        let headerLength = try headerLength(of: mapping)
        let dataStart = SafetensorsHeaderParser.start + headerLength
        var parser = SafetensorsHeaderParser(
            UnsafeRawBufferPointer(rebasing: mapping.bytes[SafetensorsHeaderParser.start..<dataStart]), file: path)
        try parser.parse()
        let tensors = parser.tensors.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
        }
        try check(tensors, fill: mapping.count - dataStart, of: path, from: dataStart)
        return SafetensorsFile(mapping: mapping, dataStart: dataStart, tensors: tensors, metadata: parser.metadata)
    }

    package func tensor(_ name: String) -> SafetensorsTensor? { indexOfName[name].map { tensors[$0] } }

    /// The bytes of a tensor of this file, in place: valid as long as this object lives, aligned only as the file is.
    package func bytes(of tensor: SafetensorsTensor) -> UnsafeRawBufferPointer {
        let range = tensor.byteRange
        return UnsafeRawBufferPointer(
            rebasing: mapping.bytes[(dataStart + range.lowerBound)..<(dataStart + range.upperBound)])
    }

    /// Where a tensor begins, counted from the start of the file.
    package func fileOffset(of tensor: SafetensorsTensor) -> Int { dataStart + tensor.byteRange.lowerBound }

    // MARK: Checks

    private static func headerLength(of mapping: MappedFile) throws(FeatureError) -> Int {
        func refuse(_ found: String, expected: String) -> FeatureError {
            FeatureError(
                file: mapping.path, field: "header length", offset: 0, found: found, expected: expected,
                remedy: "The file is cut short or is not safetensors: copy or write it again.")
        }
        guard mapping.count >= SafetensorsHeaderParser.start else {
            throw refuse("the file has \(mapping.count) bytes", expected: "at least 8")
        }
        let length = UInt64(littleEndian: mapping.base.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(maximumHeaderLength) else {
            throw refuse("the header claims \(length) bytes", expected: "at most \(maximumHeaderLength)")
        }
        let room = mapping.count - SafetensorsHeaderParser.start
        guard length <= UInt64(room) else {
            throw refuse("the header claims \(length) bytes", expected: "at most the \(room) that follow")
        }
        return Int(length)
    }

    /// Tensors in the order of their bytes must tile the data: no hole, no overlap, no trailing byte, and as many bytes
    /// as type and shape ask for.
    private static func check(
        _ tensors: [SafetensorsTensor], fill available: Int, of path: String, from dataStart: Int
    ) throws(FeatureError) {
        let remedy = "The file is damaged: copy or write it again."
        var end = 0
        for tensor in tensors {
            let range = tensor.byteRange
            let field = "tensor \"\(tensor.name)\""
            guard range.lowerBound == end else {
                throw FeatureError(
                    file: path, field: field, offset: dataStart + end,
                    found: range.lowerBound < end
                        ? "data_offsets \(range) overlap the tensor before"
                        : "a hole lies before data_offsets \(range)",
                    expected: "begin \(end)", remedy: remedy)
            }
            guard range.upperBound <= available else {
                throw FeatureError(
                    file: path, field: field, offset: dataStart + available,
                    found: "the file ends after \(available) bytes of data", expected: "at least \(range.upperBound)",
                    remedy: "The file is cut short: copy or write it again.")
            }
            guard let bytes = SafetensorsTensor.byteCount(type: tensor.type, shape: tensor.shape), bytes == range.count
            else {
                throw FeatureError(
                    file: path, field: field, offset: dataStart + range.lowerBound,
                    found: "\(range.count) bytes for shape \(tensor.shape) of \(tensor.type.rawValue)",
                    expected: SafetensorsTensor.byteCount(type: tensor.type, shape: tensor.shape).map { "\($0) bytes" }
                        ?? "a shape that fills whole bytes and can be addressed",
                    remedy: remedy)
            }
            end = range.upperBound
        }
        guard end == available else {
            throw FeatureError(
                file: path, offset: dataStart + end, found: "\(available - end) bytes follow the last tensor",
                expected: "none", remedy: remedy)
        }
    }
}
