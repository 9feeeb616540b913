/// `offsets` `[n+1]` of a shard with samples of unequal length: sample i has the rows offsets[i] ..< offsets[i+1].
enum OffsetTable {
    /// Copies the table out of the file, so that a file that changes while it is mapped cannot move a checked offset.
    static func read(
        _ tensor: SafetensorsTensor, in file: SafetensorsFile, samples: Int, rows: Int
    ) throws(FeatureError) -> [Int] {
        guard tensor.type == .int64, tensor.shape == [samples + 1] else {
            throw FeatureError(
                file: file.path, field: "tensor \"offsets\"", offset: file.fileOffset(of: tensor),
                found: "\(tensor.type.rawValue) \(tensor.shape)", expected: "I64 [\(samples + 1)]",
                remedy: "Write one offset for each sample and one for the end.")
        }
        let bytes = file.bytes(of: tensor)
        let offsets = (0...samples).map {
            Int(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)))
        }
        guard offsets[0] == 0, offsets[samples] == rows else {
            throw FeatureError(
                file: file.path, field: "tensor \"offsets\"", offset: file.fileOffset(of: tensor),
                found: "\(offsets[0]) to \(offsets[samples])", expected: "0 to \(rows), the rows of \"tokens\"",
                remedy: "Write the shard again.")
        }
        return offsets
    }

    /// Every sample's number of stored tokens must lie in the given range.
    static func check(
        _ offsets: [Int], lengths: ClosedRange<Int>, _ tensor: SafetensorsTensor, in file: SafetensorsFile
    ) throws(FeatureError) {
        for sample in 0..<(offsets.count - 1) {
            let (length, overflow) = offsets[sample + 1].subtractingReportingOverflow(offsets[sample])
            guard !overflow, lengths.contains(length) else {
                throw FeatureError(
                    file: file.path, field: "tensor \"offsets\", sample \(sample) of the shard",
                    offset: file.fileOffset(of: tensor) + sample * 8,
                    found: overflow ? "offsets out of range" : "\(length) stored tokens",
                    expected: "\(lengths.lowerBound) to \(lengths.upperBound)",
                    remedy: "Correct the manifest's tokens or layout, or write the shard again.")
            }
        }
    }
}
