import Probes

extension GradientSettings {
    /// What the optimiser does with each tensor of a head, by the recipe.
    ///
    /// - Parameter deviation: σ of some tokens on the rows that the head trains on; asked for only where a tensor's unit
    ///   depends on it.
    func treatments(
        of network: ProbeNetwork, deviation: (TokenSelection) -> Double?
    ) -> [TensorTreatment] {
        network.parameters.tensors.map { tensor in
            guard isFast else { return TensorTreatment(isDecayed: tensor.isMatrix, isMatrix: tensor.isMatrix) }
            let tokens = tensor.unit.isPerTokenDeviation ? network.probe.reading.tokens : nil
            return TensorTreatment(
                isDecayed: tensor.isDecayed, isMatrix: tensor.isMatrix,
                unit: tensor.unit.value(deviation: tokens.flatMap(deviation)))
        }
    }
}
