import Digests
import Identities
import Testing

@Suite("SHA-256")
struct SHA256Tests {
    /// The examples of FIPS 180-2, appendix B: no block, one, two, and many.
    @Test(
        "Examples of the standard have the digests that it states",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func examples(_ text: String, _ expected: String) {
        #expect(SHA256.hash(Array(text.utf8)).hexadecimal == expected)
    }

    @Test("Pieces have the digest of the whole, wherever it is cut", arguments: [0, 1, 55, 56, 63, 64, 65, 128, 200])
    func pieces(_ cut: Int) {
        let bytes = (0..<200).map { UInt8($0) }
        var hasher = SHA256()
        hasher.update(bytes[..<cut])
        hasher.update(bytes[cut...])
        #expect(hasher.finalize() == SHA256.hash(bytes))
    }

    @Test("Bytes have one digest, however they are stored")
    func storage() {
        let bytes = (0..<100).map { UInt8($0) }
        let digest = SHA256.hash(bytes)
        #expect(bytes.withUnsafeBytes { SHA256.hash($0) } == digest)
        #expect(SHA256.hash(bytes.lazy.filter { _ in true }) == digest)
    }

    @Test("A copy of a hasher goes its own way")
    func copies() {
        var first = SHA256()
        first.update("a".utf8)
        var second = first
        second.update("b".utf8)
        #expect(first.finalize() == SHA256.hash("a".utf8))
        #expect(second.finalize() == SHA256.hash("ab".utf8))
    }

    @Test("A digest, its bytes, its digits and its unit key are the same number")
    func forms() {
        let digest = SHA256.hash("abc".utf8)
        #expect(digest.bytes.count == SHA256.Digest.byteCount)
        #expect(digest.bytes.first == 0xBA && digest.bytes.last == 0xAD)
        #expect(digest.unitKey.bytes == digest.bytes)
        #expect(digest.unitKey.description == digest.hexadecimal)
    }
}
