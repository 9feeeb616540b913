import Foundation

/// A file of tensors beside the features: class embeddings, or weights of the backbone.
package struct FeatureWeights: Sendable {
    /// The file is `weights/NAME.safetensors`.
    package let name: String
    /// SHA-256 of the file.
    package let digest: String
    package let file: SafetensorsFile

    /// Shape of every tensor, by name.
    package var shapes: [String: [Int]] {
        Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.shape) })
    }
}

extension FeatureSet {
    private static let weightsFolder = "weights"
    private static let ending = ".safetensors"

    /// Names of the files of tensors beside the features, sorted: one for each `weights/NAME.safetensors`.
    package var weights: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(Self.weightsFolder)")) ?? []
        return files.filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }.sorted()
    }

    /// The path of such a file.
    package func file(ofWeights name: String) -> String { "\(folder)/\(Self.weightsFolder)/\(name)\(Self.ending)" }

    /// Maps such a file and computes its digest, for which the whole file is read.
    ///
    /// - Throws: `FeatureError` if the file is missing or is not safetensors.
    package func weights(_ name: String) throws(FeatureError) -> FeatureWeights {
        guard weights.contains(name) else {
            throw FeatureError(
                file: folder, field: "weights \"\(name)\"", found: "missing",
                expected: "a file \(Self.weightsFolder)/\(name)\(Self.ending)",
                remedy: "Put the file there, or use another name.")
        }
        let file = try SafetensorsFile.open(self.file(ofWeights: name))
        return FeatureWeights(name: name, digest: FileDigest.sha256(of: file.mapping), file: file)
    }
}
