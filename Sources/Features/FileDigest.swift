import Digests

/// SHA-256 of files, streamed.
enum FileDigest {
    /// Bytes hashed at a time: large enough to be fast, small enough to stay in cache.
    private static let step = 1 << 20

    static func sha256(of file: MappedFile) -> String {
        var hasher = SHA256()
        var position = 0
        while position < file.count {
            let end = min(position + step, file.count)
            hasher.update(UnsafeRawBufferPointer(rebasing: file.bytes[position..<end]))
            position = end
        }
        return hasher.finalize().hexadecimal
    }
}
