import Features
import Numerics

extension SafetensorsFile {
    /// A tensor's elements in single precision, row-major.
    ///
    /// - Throws: `FeatureError` for elements that are neither F32, F16 nor BF16.
    func values(of tensor: SafetensorsTensor) throws(FeatureError) -> [Float] {
        guard let type = tensor.type.tokenType else {
            throw FeatureError(
                file: path, field: "tensor \"\(tensor.name)\"", offset: fileOffset(of: tensor),
                found: tensor.type.rawValue, expected: "F32, F16 or BF16", remedy: "Convert the tensor.")
        }
        let count = tensor.shape.reduce(1, *)
        // A copy, since tensors in a file may be unaligned.
        let bytes = Array(bytes(of: tensor))
        let row = Matrix<Float>(rows: 1, columns: count)
        return bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return [] }
            unpack(TokenView(base: base, tokens: 1, width: count, type: type), into: row.view)
            return Array(row.view.row(0))
        }
    }
}

extension FeatureWeights {
    /// A tensor's elements, nil where there is none of that name.
    ///
    /// - Throws: `TrainingError` for another shape or another type of element.
    func values(of name: String, shape: [Int]) throws(TrainingError) -> [Float]? {
        guard let tensor = file.tensor(name) else { return nil }
        guard tensor.shape == shape else {
            throw TrainingError(
                field: "weights", problem: "\(name) has shape \(tensor.shape), expected \(shape)",
                remedy: "use the weights that the sweep was planned with")
        }
        do throws(FeatureError) {
            return try file.values(of: tensor)
        } catch {
            throw TrainingError(field: "weights", problem: error.description, remedy: error.remedy)
        }
    }
}
