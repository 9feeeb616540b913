import Attention
import Features
import Numerics
import Training

extension MapReading {
    /// Writes the maps of samples as safetensors, without ever holding all of them.
    ///
    /// `maps` `[Σ N, M]` F32 has the samples below one another, token by token; `offsets` `[n+1]` I64 where each begins;
    /// `samples` `[n]` I64 their places in the feature set; `ranks` `[M]` I64 each predictor's place in the order of
    /// worth, from 1. The metadata name the unit and, as a JSON list, the samples' ids.
    ///
    /// - Throws: ``AttentionPictureError`` for a sample that was not tested; `FeatureError` if the file cannot be written.
    package func writeMaps(of choice: SampleChoice, to path: String) throws {
        let samples = try samples(choice)
        let offsets = lengths(of: samples).reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let writer = try SafetensorsWriter.create(
            path,
            tensors: [
                ("offsets", .int64, [samples.count + 1]), ("samples", .int64, [samples.count]),
                ("ranks", .int64, [head.reader.predictors]),
                ("maps", .float32, [offsets[offsets.count - 1], head.reader.predictors]),
            ], metadata: metadata(samples))
        try writer.append(offsets.map { Int64($0).littleEndian })
        try writer.append(samples.map { Int64($0).littleEndian })
        try writer.append(findings.predictors.map { Int64($0.rank).littleEndian })
        try forEachMap(of: samples) { _, maps, _ in try writer.append(maps.weights) }
        _ = try writer.finish()
    }

    /// N of each sample.
    private func lengths(of samples: [Int]) -> [Int] {
        // What maps have beside patch tokens, stored ones or tokens of the head's own, is the same for all samples.
        var others = 0
        forEachMap(of: Array(samples.prefix(1))) { sample, maps, _ in
            others = maps.tokens - head.layer.patchTokens(sample).tokens
        }
        return samples.map { head.layer.patchTokens($0).tokens + others }
    }

    private func metadata(_ samples: [Int]) -> [String: String] {
        let name = findings.name
        return [
            "unit": "\(name.key)", "features": name.features, "task": name.task, "layer": "\(name.layer)",
            "probe": name.probe, "repetition": "\(name.repetition)", "held_out": "\(name.heldOut)",
            "seed": "\(name.seed)", "ids": sortedJSON(samples.map { sampleNames[$0] }),
        ]
    }
}
