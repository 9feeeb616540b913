import CZeroMQ

/// One CURVE key, 32 bytes; as text 40 characters of Z85, as other ZeroMQ programs write them.
package struct CurveKey: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Nil unless the text is 40 characters of Z85.
    package init?(_ text: String) {
        guard text.utf8.count == 40 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 32)
        guard zmq_z85_decode(&bytes, text) != nil else { return nil }
        self.bytes = bytes
    }

    package var text: String {
        var text = [CChar](repeating: 0, count: 41)
        zmq_z85_encode(&text, bytes, bytes.count)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A secret key and its public key. Its description hides the secret.
package struct KeyPair: Equatable, Sendable, CustomStringConvertible {
    package let secretKey: CurveKey
    package let publicKey: CurveKey

    package init(secretKey: CurveKey, publicKey: CurveKey) {
        self.secretKey = secretKey
        self.publicKey = publicKey
    }

    /// A new random pair.
    /// - Throws: ``TransportError/call(_:on:reason:)`` if ZeroMQ was built without CURVE.
    package static func generate() throws(TransportError) -> KeyPair {
        var publicText = [CChar](repeating: 0, count: 41)
        var secretText = [CChar](repeating: 0, count: 41)
        guard zmq_curve_keypair(&publicText, &secretText) == 0 else {
            throw .lastError(of: "zmq_curve_keypair", on: "the process")
        }
        func key(_ text: [CChar]) -> CurveKey? {
            CurveKey(String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        guard let publicKey = key(publicText), let secretKey = key(secretText) else {
            throw .call("zmq_curve_keypair", on: "the process", reason: "it returned an invalid Z85 key")
        }
        return KeyPair(secretKey: secretKey, publicKey: publicKey)
    }

    package var description: String { "key pair \(publicKey.text)" }
}
