import COpenSSL
package import Identities

/// SHA-256 (FIPS 180-4), the one hash of the program: of unit keys, files, tasks, checkpoints and journals.
///
/// It is computed by Debian's libcrypto, which uses the processor's own instructions where there are any.
package struct SHA256: Sendable {
    private var state = SHA256_CTX()

    package init() { SHA256_Init(&state) }

    /// The digest of bytes that are at hand.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// The digest of bytes that are at hand.
    package static func hash(_ bytes: some Sequence<UInt8>) -> Digest {
        var hasher = SHA256()
        hasher.update(bytes)
        return hasher.finalize()
    }

    /// The library that computes it, for example `OpenSSL 3.0.19 27 Jan 2026`.
    package static var library: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&state, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let isContiguous = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) } != nil
        if !isContiguous { Array(bytes).withUnsafeBytes { update($0) } }
    }

    /// The digest of all that the hasher was given.
    package consuming func finalize() -> Digest {
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { bytes in
            _ = SHA256_Final(bytes.assumingMemoryBound(to: UInt8.self).baseAddress, &state)
        }
        return Digest(words: words)
    }
}

extension SHA256 {
    /// The 32 bytes of a hash, stored inline.
    package struct Digest: Hashable, Sendable {
        package static let byteCount = 32

        /// The bytes, in memory's order.
        fileprivate let words: SIMD4<UInt64>

        package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

        /// 64 lower-case digits.
        package var hexadecimal: String { Identities.hexadecimal(bytes) }

        /// The digest as the identity of a unit.
        package var unitKey: UnitKey {
            UnitKey(words: words[0].bigEndian, words[1].bigEndian, words[2].bigEndian, words[3].bigEndian)
        }
    }
}
