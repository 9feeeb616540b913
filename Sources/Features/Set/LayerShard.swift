import Numerics

/// One safetensors file of a layer, checked against the manifest.
///
/// `tokens` is `[n, T, D]`, or `[ΣT, D]` beside `offsets` `[n+1]` (I64, ascending from 0 to ΣT) where samples differ in
/// length. Every sample has the set's class token and registers and at least one patch token.
struct LayerShard: Sendable {
    let file: SafetensorsFile
    let tensor: SafetensorsTensor
    let type: TokenType
    let firstSample: Int
    let samples: Int
    let bytesPerToken: Int
    /// First token of the shard, aligned to its element type.
    nonisolated(unsafe) let tokens: UnsafeRawPointer
    /// Keeps the mapping of `tokens` alive if it is not `file`'s own.
    private let alignedCopy: FileMemory?
    /// Whether `tokens` are those of `file`, not of an aligned copy.
    var tokensLieInFile: Bool { alignedCopy == nil }
    private let lengths: Lengths

    private enum Lengths: Sendable {
        case equal(Int)
        case offsets([Int])
    }

    /// Stored tokens of a sample of this shard, as rows of `tokens`.
    func rows(ofSample sample: Int) -> Range<Int> {
        switch lengths {
        case .equal(let count): sample * count..<(sample + 1) * count
        case .offsets(let offsets): offsets[sample]..<offsets[sample + 1]
        }
    }

    static func open(
        _ path: String, _ shard: FeatureSetManifest.Shard, of layer: FeatureSetManifest.Layer, prefix: Int,
        firstSample: Int
    ) throws(FeatureError) -> LayerShard {
        let file = try SafetensorsFile.open(path)
        guard let tensor = file.tensor("tokens") else {
            throw FeatureError(
                file: path, field: "tensor \"tokens\"", found: "missing",
                expected: "\"tokens\" among \(file.tensors.map(\.name).sorted())",
                remedy: "Name the tensor \"tokens\", or use features import.")
        }
        guard tensor.type == layer.dtype, let type = tensor.type.tokenType else {
            throw FeatureError(
                file: path, field: "tensor \"tokens\"", offset: file.fileOffset(of: tensor),
                found: tensor.type.rawValue, expected: "\(layer.dtype.rawValue) as the manifest says",
                remedy: "Correct the manifest's dtype, or write the shard again.")
        }
        let lengths = try lengths(in: file, tensor, shard, of: layer, prefix: prefix)
        let copy = try AlignedCopy.make(of: tensor, in: file)
        guard let base = copy?.start ?? file.bytes(of: tensor).baseAddress else {
            throw FeatureError(
                file: path, field: "tensor \"tokens\"", found: "no bytes", remedy: "Write the shard again.")
        }
        return LayerShard(
            file: file, tensor: tensor, type: type, firstSample: firstSample, samples: shard.samples,
            bytesPerToken: layer.width * tensor.type.byteCount, tokens: base, alignedCopy: copy, lengths: lengths)
    }

    private static func lengths(
        in file: SafetensorsFile, _ tensor: SafetensorsTensor, _ shard: FeatureSetManifest.Shard,
        of layer: FeatureSetManifest.Layer, prefix: Int
    ) throws(FeatureError) -> Lengths {
        let stored = layer.tokens + prefix
        if let table = file.tensor("offsets") {
            guard tensor.shape.count == 2, tensor.shape[1] == layer.width else {
                throw mismatch(file, tensor, expected: "[ΣT, \(layer.width)] beside offsets")
            }
            let offsets = try OffsetTable.read(table, in: file, samples: shard.samples, rows: tensor.shape[0])
            try OffsetTable.check(offsets, lengths: (prefix + 1)...stored, table, in: file)
            return .offsets(offsets)
        }
        guard tensor.shape == [shard.samples, stored, layer.width] else {
            let why = prefix > 0 ? " (\(prefix) tokens before \(layer.tokens) patch tokens)" : ""
            throw mismatch(file, tensor, expected: "[\(shard.samples), \(stored), \(layer.width)]\(why)")
        }
        return .equal(stored)
    }

    private static func mismatch(
        _ file: SafetensorsFile, _ tensor: SafetensorsTensor, expected: String
    ) -> FeatureError {
        FeatureError(
            file: file.path, field: "tensor \"tokens\"", offset: file.fileOffset(of: tensor),
            found: "shape \(tensor.shape)", expected: expected,
            remedy: "Correct the manifest's samples, tokens, width or layout, or write the shard again.")
    }
}
