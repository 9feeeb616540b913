import Features
package import Probes
package import Units

/// The metadata of a head file. Only the probe is required.
package struct HeadDescription: Codable, Hashable, Sendable {
    /// Type and options of the probe, defaults filled in.
    package var probe: ProbeConfiguration
    /// The task that it was trained for.
    package var task: String?
    /// Names of the classes, in the order of the logits.
    package var classNames: [String]?
    /// Name of the feature set that it was trained on.
    package var featureSet: String?
    /// Index of the layer that it reads.
    package var layer: Int?
    /// Whether the layer's samples begin with a class token, by which programs without the feature set find patch tokens.
    package var hasClassToken: Bool?
    /// Register tokens that follow it.
    package var registers: Int?
    /// SHA-256 over the layer's tokens.
    package var featureDigest: String?
    /// The key of the unit that the head belongs to.
    package var unit: String?
    /// The kernel path on which the unit was tested: on it, predictions equal the scored ones bit for bit.
    package var kernel: String?

    package init(probe: ProbeConfiguration) {
        self.probe = probe
    }

    /// The head of a unit.
    package init(_ unit: ProbeUnit, classNames: [String]?) {
        probe = unit.probe
        task = unit.task.name
        self.classNames = classNames
        featureSet = unit.features.set
        layer = unit.features.layer
        featureDigest = unit.features.digest
        self.unit = "\(unit.key)"
    }
}
