import CZlib
import Foundation

/// Bytes in the zlib format (RFC 1950) as base64, which a browser unpacks by itself.
enum Deflate {
    /// - Throws: ``DeflateError`` where zlib fails, for want of memory.
    static func base64(_ plain: [UInt8]) throws(DeflateError) -> String {
        var size = compressBound(UInt(plain.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        let status = compress2(&packed, &size, plain, UInt(plain.count), Z_DEFAULT_COMPRESSION)
        guard status == Z_OK else { throw DeflateError(bytes: plain.count, status: status) }
        return Data(packed.prefix(Int(size))).base64EncodedString()
    }
}

/// Rows could not be compressed.
package struct DeflateError: Error, CustomStringConvertible {
    let bytes: Int
    let status: Int32

    package var description: String {
        "zlib cannot compress \(bytes) bytes of rows (status \(status)). Give the command again with more memory, or with fewer sweeps."
    }
}
