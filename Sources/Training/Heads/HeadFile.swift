package import Features
internal import Foundation
internal import Probes

/// A trained head as a safetensors file: every tensor under its name, the description under `__metadata__`.
///
/// docs/formats.md has the names. Files with those names from other programs can be read too.
package struct HeadFile: Hashable, Sendable {
    package var head: TrainedHead
    package var description: HeadDescription

    package init(_ head: TrainedHead, _ description: HeadDescription) {
        self.head = head
        self.description = description
    }

    private static let format = "probesweep head 1"

    /// Writes the file.
    ///
    /// - Returns: Its SHA-256.
    /// - Throws: `FeatureError` where the file cannot be written.
    @discardableResult
    package func write(to path: String) throws(FeatureError) -> String {
        let writer = try SafetensorsWriter.create(
            path, tensors: head.tensors.map { (name: $0.name, type: .float32, shape: $0.shape) },
            metadata: try metadata(path))
        for tensor in head.tensors { try writer.append(tensor.values) }
        return try writer.finish()
    }

    private func metadata(_ path: String) throws(FeatureError) -> [String: String] {
        var metadata = ["format": Self.format, "probe": try Self.json(description.probe, path)]
        metadata["task"] = description.task
        metadata["class_names"] = try description.classNames.map { (names) throws(FeatureError) in
            try Self.json(names, path)
        }
        metadata["feature_set"] = description.featureSet
        metadata["layer"] = description.layer.map(String.init)
        metadata["class_token"] = description.hasClassToken.map { "\($0)" }
        metadata["registers"] = description.registers.map(String.init)
        metadata["feature_digest"] = description.featureDigest
        metadata["unit"] = description.unit
        metadata["kernel"] = description.kernel
        return metadata
    }

    private static func json(_ value: some Encodable, _ path: String) throws(FeatureError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw FeatureError(file: path, field: "metadata", found: "\(error)", remedy: "Check the probe's options.")
        }
    }

    /// Reads a file from any program: tensors of F32, F16 or BF16 in any order.
    ///
    /// - Throws: `FeatureError` with the tensor or the field at fault; a number that is not finite is one.
    package static func read(_ path: String) throws(FeatureError) -> HeadFile {
        let file = try SafetensorsFile.open(path)
        var description = HeadDescription(probe: try value("probe", of: file))
        description.task = file.metadata["task"]
        if file.metadata["class_names"] != nil { description.classNames = try value("class_names", of: file) }
        description.featureSet = file.metadata["feature_set"]
        description.layer = file.metadata["layer"].flatMap(Int.init)
        description.hasClassToken = file.metadata["class_token"].flatMap(Bool.init)
        description.registers = file.metadata["registers"].flatMap(Int.init)
        description.featureDigest = file.metadata["feature_digest"]
        description.unit = file.metadata["unit"]
        description.kernel = file.metadata["kernel"]
        var tensors: [HeadTensor] = []
        for tensor in file.tensors {
            let values = try file.values(of: tensor)
            try check(values, of: tensor, in: file)
            tensors.append(HeadTensor(name: tensor.name, shape: tensor.shape, values: values))
        }
        return HeadFile(TrainedHead(tensors: tensors), description)
    }

    /// Whether logits can be computed with the values: all finite, and no variance negative.
    private static func check(
        _ values: [Float], of tensor: SafetensorsTensor, in file: SafetensorsFile
    ) throws(FeatureError) {
        let isVariance = tensor.name == "norm.running_var"
        guard let index = values.firstIndex(where: { !$0.isFinite || isVariance && $0 < 0 }) else { return }
        throw FeatureError(
            file: file.path, field: "tensor \"\(tensor.name)\", element \(index)", found: "\(values[index])",
            expected: isVariance ? "a finite number of at least 0" : "a finite number",
            remedy: "Export the head again, from a training that did not diverge.")
    }

    private static func value<Value: Decodable>(
        _ field: String, of file: SafetensorsFile
    ) throws(FeatureError) -> Value {
        guard let text = file.metadata[field] else {
            throw FeatureError(
                file: file.path, field: "__metadata__.\(field)", found: "missing",
                expected: "{\"type\": …, \"options\": {…}}",
                remedy: "Write the probe's type and options into the file's metadata.")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw FeatureError(
                file: file.path, field: "__metadata__.\(field)", found: text, expected: "JSON of \(Value.self)",
                remedy: "Correct the metadata.")
        }
    }
}
