import Crypto
package import Foundation
package import Identities

/// JSON with sorted keys and no white space: equal values have equal bytes.
package enum CanonicalForm {
    package static func bytes(of value: some Encodable) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(value)
        } catch {
            preconditionFailure("Units hold only finite numbers and strings, which JSON can always write: \(error)")
        }
    }

    /// The canonical form of a unit, put together from the canonical forms of its parts.
    ///
    /// A plan has millions of units and only dozens of different parts; encoding each part once makes expansion a
    /// matter of copying bytes. The parts must come in the order of their sorted keys.
    package static func join(
        earlierLayers: Data?, features: Data, fold: Data, kernel: String?, probe: Data, protocolVersion: Int, seed: Int,
        shots: Data?, solver: Data, task: Data, weights: Data?
    ) -> Data {
        var form = Data(capacity: features.count + fold.count + probe.count + solver.count + task.count + 128)
        form.append(contentsOf: "{".utf8)
        if let earlierLayers {
            form.append(contentsOf: #""earlierLayers":"#.utf8)
            form.append(earlierLayers)
            form.append(contentsOf: ",".utf8)
        }
        form.append(contentsOf: #""features":"#.utf8)
        form.append(features)
        form.append(contentsOf: #","fold":"#.utf8)
        form.append(fold)
        if let kernel {
            form.append(contentsOf: #","kernel":"#.utf8)
            form.append(bytes(of: kernel))
        }
        form.append(contentsOf: #","probe":"#.utf8)
        form.append(probe)
        form.append(contentsOf: #","protocolVersion":\#(protocolVersion),"seed":\#(seed)"#.utf8)
        if let shots {
            form.append(contentsOf: #","shots":"#.utf8)
            form.append(shots)
        }
        form.append(contentsOf: #","solver":"#.utf8)
        form.append(solver)
        form.append(contentsOf: #","task":"#.utf8)
        form.append(task)
        if let weights {
            form.append(contentsOf: #","weights":"#.utf8)
            form.append(weights)
        }
        form.append(contentsOf: "}".utf8)
        return form
    }
}

extension UnitKey {
    /// SHA-256 of a canonical form.
    package init(ofCanonicalForm form: Data) {
        self = SHA256.hash(data: form).withUnsafeBytes { digest in
            func word(_ place: Int) -> UInt64 {
                UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self))
            }
            return UnitKey(words: word(0), word(1), word(2), word(3))
        }
    }
}
