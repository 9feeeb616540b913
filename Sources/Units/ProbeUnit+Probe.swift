package import Probes

extension ProbeUnit {
    /// The unit's probe, fitted to the shape of its layer and task, from which its output width and cost follow.
    ///
    /// - Parameter trainingSamples: Samples that k-NN compares with; no other probe's cost depends on it.
    /// - Throws: `ProbeError` where the probe does not fit, which no unit of a plan does.
    package func fittedProbe(trainingSamples: Int) throws(ProbeError) -> any Probe {
        // Whether there is a class token is not in the unit: planning refuses probes that read one if there is none.
        try ProbeCatalog.probe(
            probe,
            shape: ProbeShape(
                width: features.width, tokens: features.tokens, classes: task.outputs, hasClassToken: true,
                trainingSamples: trainingSamples))
    }
}
