/// A safetensors file with `masks`, `F32 [n, T]`: what share of each patch token's area belongs to the object.
enum MaskFile {
    static let tensor = "masks"

    static func read(_ path: String, samples: Int, tokens: Int) throws(FeatureError) -> [Float] {
        let file = try SafetensorsFile.open(path)
        guard let tensor = file.tensor(Self.tensor), tensor.type == .float32, tensor.shape == [samples, tokens] else {
            throw FeatureError(
                file: path, field: "tensor \"\(Self.tensor)\"",
                found: file.tensor(Self.tensor).map { "\($0.type.rawValue) \($0.shape)" } ?? "it is missing",
                expected: "F32 [\(samples), \(tokens)], a row for each sample and a column for each patch token",
                remedy: "Write the share of each token's area that the object covers, row by row of the grid.")
        }
        let bytes = file.bytes(of: tensor)
        let shares = (0..<samples * tokens).map { Self.share(bytes, $0) }
        if let index = shares.firstIndex(where: { !(0...1).contains($0) }) {
            throw FeatureError(
                file: path, field: "tensor \"\(Self.tensor)\", sample \(index / tokens), token \(index % tokens)",
                found: "\(shares[index])", expected: "a share from 0 to 1",
                remedy: "Divide the object's area within each token by the token's.")
        }
        return shares
    }

    private static func share(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Float {
        let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<UInt32>.size, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
    }
}
