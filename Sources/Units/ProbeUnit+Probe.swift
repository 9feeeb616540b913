package import Probes

extension ProbeUnit {
    /// The unit's probe, fitted to the shape of its layer and task, from which its output width and cost follow.
    ///
    /// - Parameters:
    ///   - trainingSamples: Samples that k-NN compares with; no other probe's cost depends on it.
    ///   - meanTokens: T of which costs are computed; nil for the longest sample's.
    /// - Throws: `ProbeError` where the probe does not fit, which no unit of a plan does.
    package func fittedProbe(trainingSamples: Int, meanTokens: Int? = nil) throws(ProbeError) -> any Probe {
        // Whether there is a class token is not in the unit: planning refuses probes that read one if there is none.
        var shape = ProbeShape(
            width: features.width, tokens: features.tokens, classes: task.outputs, hasClassToken: true,
            trainingSamples: trainingSamples)
        shape.meanTokens = meanTokens
        return try ProbeCatalog.probe(probe, shape: shape)
    }
}
