import Numerics

extension LayerShard {
    /// Compares the file with the manifest's hash, and searches for values that are not finite. Streams the shard
    /// twice.
    ///
    /// - Throws: `FeatureError`, with the offset of a value that is NaN or infinite.
    func verify(sha256 expected: String) throws(FeatureError) {
        let found = FileDigest.sha256(of: file.mapping)
        let fault = firstFault()
        if found != expected {
            throw FeatureError(
                file: file.path, field: fault?.field, offset: fault?.offset, found: "SHA-256 \(found)",
                expected: "\(expected) as the manifest says",
                remedy: "The file changed since the manifest was written: copy or write it again.")
        }
        if let fault { throw fault }
    }

    /// The first number that is not finite.
    private func firstFault() -> FeatureError? {
        for sample in 0..<samples {
            for row in rows(ofSample: sample) {
                if let column = firstNonFinite(row) { return nonFinite(sample: sample, row: row, column: column) }
            }
        }
        return nil
    }

    /// The first element of a token that is NaN or infinite: all exponent bits set.
    private func firstNonFinite(_ row: Int) -> Int? {
        let token = tokens + row * bytesPerToken
        return switch type {
        case .bfloat16: firstIndex(token, ofAllSet: UInt16(0x7F80))
        case .float16: firstIndex(token, ofAllSet: UInt16(0x7C00))
        case .float32: firstIndex(token, ofAllSet: UInt32(0x7F80_0000))
        case .float64: firstIndex(token, ofAllSet: UInt64(0x7FF0_0000_0000_0000))
        }
    }

    /// The first element that has all bits of the mask set. The first scan has no early exit, so that the compiler can
    /// vectorise it; only after a hit the element is searched for.
    private func firstIndex<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ token: UnsafeRawPointer, ofAllSet mask: Bits
    ) -> Int? {
        let elements = UnsafeBufferPointer(
            start: token.assumingMemoryBound(to: Bits.self), count: bytesPerToken / MemoryLayout<Bits>.size)
        var hits: Bits = 0
        for element in elements { hits |= element & mask == mask ? 1 : 0 }
        return hits == 0 ? nil : elements.firstIndex { $0 & mask == mask }
    }

    private func nonFinite(sample: Int, row: Int, column: Int) -> FeatureError {
        let token = row - rows(ofSample: sample).lowerBound
        var error = FeatureError(
            file: file.path, field: "sample \(firstSample + sample), stored token \(token), element \(column)",
            offset: file.fileOffset(of: tensor) + row * bytesPerToken + column * tensor.type.byteCount,
            found: "NaN or infinity", expected: "finite numbers",
            remedy: "Extract this sample's features again; half precision may have overflowed.")
        error.isOfContent = true
        return error
    }
}

extension LayerTokens {
    /// Checks every shard of the layer: hash, and NaN or infinity anywhere.
    ///
    /// - Throws: `FeatureError` for the first problem.
    package func verify() throws(FeatureError) {
        for (shard, entry) in zip(shards, entry.shards) { try shard.verify(sha256: entry.sha256) }
    }
}
