import Numerics

/// The parameters of a linear head without batch norm.
struct LinearParameters {
    /// W `[C, D]`, row-major, then b `[C]`.
    let values: [Double]
    /// C.
    let outputs: Int
    /// D.
    let width: Int

    /// x Wᵀ + b in single precision, `[rows, C]`.
    func scores(_ features: Matrix<Float>, on path: KernelPath) -> [Float] {
        let weights = Matrix<Float>(rows: outputs, columns: width)
        for index in 0..<outputs * width { weights.elements[index] = Float(values[index]) }
        let scores = Matrix<Float>(rows: features.rows, columns: outputs)
        multiply(features.view, weights.view, transposed: true, into: scores.view, roundingInputs: false, on: path)
        let intercepts = values[(outputs * width)...].map(Float.init)
        addRow(intercepts, to: scores.view, on: path)
        withExtendedLifetime((features, weights)) {}
        return (0..<scores.rows).flatMap { Array(scores.row($0)) }
    }

    /// W and b under the head's names. There is no batch norm, which is one with mean 0 and variance 1 − ε.
    var head: TrainedHead {
        TrainedHead(tensors: [
            HeadTensor(
                name: "head.weight", shape: [outputs, width], values: values[..<(outputs * width)].map(Float.init)),
            HeadTensor(name: "head.bias", shape: [outputs], values: values[(outputs * width)...].map(Float.init)),
        ])
    }
}
