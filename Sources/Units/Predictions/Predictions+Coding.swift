internal import CZlib
package import Foundation

extension Predictions {
    private static let version: UInt8 = 1
    /// Version, n, outputs and the size of what is compressed.
    private static let header = 1 + 3 * 8
    /// Inflated bytes of the largest accepted predictions: twenty times what travels, though mantissas hardly compress.
    static let mostInflated = 64 << 20
    /// The largest ratio of a zlib stream (a guard against decompression bombs): 258 bytes take two bits.
    private static let largestRatio = 1_032

    /// The predictions as they travel and are stored in the ledger: a byte 1, then n, outputs and a length as 64-bit
    /// little-endian numbers, then a zlib stream that inflates to that length: the rows as 32-bit differences, and the
    /// scores' bytes in four planes, the sign and exponent's first. It is lossless: a metric of decoded predictions is
    /// bit by bit the one that training would have reported.
    package var encoded: Data {
        var plain = [UInt8](repeating: 0, count: 4 * (rows.count + scores.count))
        var previous = 0
        for (index, row) in rows.enumerated() {
            let step = UInt32(row - previous)
            for byte in 0..<4 { plain[4 * index + byte] = UInt8(truncatingIfNeeded: step >> (8 * UInt32(byte))) }
            previous = row
        }
        let start = 4 * rows.count
        for (index, score) in scores.enumerated() {
            let bits = score.bitPattern
            for plane in 0..<4 {
                let byte = UInt8(truncatingIfNeeded: bits >> (24 - 8 * UInt32(plane)))
                plain[start + plane * scores.count + index] = byte
            }
        }
        var data = Data([Self.version])
        for number in [rows.count, outputs, plain.count] {
            withUnsafeBytes(of: UInt64(number).littleEndian) { data.append(contentsOf: $0) }
        }
        data.append(contentsOf: Self.deflate(plain))
        return data
    }

    /// Reads predictions that `encoded` wrote.
    ///
    /// Memory is bounded whatever the input: sizes that no such stream can have are refused before anything is
    /// allocated.
    ///
    /// - Returns: nil for invalid bytes.
    package init?(encoded data: Data) {
        let bytes = Array(data)
        guard bytes.count > Self.header, bytes[0] == Self.version else { return nil }
        let numbers = (0..<3).map { number in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[1 + 8 * number + $1]) << (8 * UInt64($1)) }
        }
        let limit = UInt64(Int32.max)
        guard numbers[0] < limit, numbers[1] < limit, numbers[0] * (numbers[1] + 1) < limit,
            numbers[2] == 4 * numbers[0] * (numbers[1] + 1), numbers[2] <= UInt64(Self.mostInflated),
            numbers[2] <= UInt64(bytes.count * Self.largestRatio)
        else { return nil }
        let (count, outputs) = (Int(numbers[0]), Int(numbers[1]))
        guard let plain = Self.inflate(bytes[Self.header...], count: Int(numbers[2])) else { return nil }
        var previous = 0
        rows = (0..<count).map { index in
            previous += (0..<4).reduce(0) { $0 | Int(plain[4 * index + $1]) << (8 * $1) }
            return previous
        }
        let (start, cells) = (4 * count, count * outputs)
        scores = (0..<cells).map { index in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(plain[start + $1 * cells + index]) })
        }
        self.outputs = outputs
    }

    private static func deflate(_ plain: [UInt8]) -> ArraySlice<UInt8> {
        var size = compressBound(UInt(plain.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        // Level 1: mantissas hardly compress, and higher levels only search longer.
        let status = compress2(&packed, &size, plain, UInt(plain.count), 1)
        precondition(status == Z_OK, "zlib has room by its own bound: \(status)")
        return packed[..<Int(size)]
    }

    private static func inflate(_ packed: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        var plain = [UInt8](repeating: 0, count: count)
        var size = UInt(count)
        let status = Array(packed).withUnsafeBufferPointer { uncompress(&plain, &size, $0.baseAddress, UInt($0.count)) }
        return status == Z_OK && size == UInt(count) ? plain : nil
    }
}
