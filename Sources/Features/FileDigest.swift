import Crypto
import Foundation

/// SHA-256 of files, streamed.
enum FileDigest {
    /// Bytes hashed at a time: large enough to be fast, small enough to stay in cache.
    private static let step = 1 << 20

    static func sha256(of file: MappedFile) -> String {
        var hasher = SHA256()
        var position = 0
        while position < file.count {
            let end = min(position + step, file.count)
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: file.bytes[position..<end]))
            position = end
        }
        return hasher.finalize().hexadecimal
    }

    /// Writes a small file whole and returns the SHA-256 of its bytes.
    static func write(_ data: Data, to path: String) throws(FeatureError) -> String {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw FeatureError(
                file: path, found: "cannot be written: \(error)", remedy: "Check path, permissions and free space.")
        }
        return SHA256.hash(data: data).hexadecimal
    }
}

extension Digest {
    /// Two lower-case hexadecimal digits a byte.
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
