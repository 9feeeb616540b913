/// Where the maps of one trained head lie, against the objects of its test fold: of patch tokens alone, renormalised.
package struct UnitLocation: Hashable, Sendable, Codable {
    /// SHA-256 of the boxes or masks.
    package var regions: String
    /// Samples of the test fold whose objects are known.
    package var samples: Int
    /// Samples of the training fold that thresholds are chosen on.
    package var innerSamples: Int
    /// What the uniform map reaches.
    package var uniform: LocationFigures
    /// What a normal distribution around the centre reaches.
    package var centre: LocationFigures
    package var coverage: ObjectCoverage
    /// By number.
    package var predictors: [MapLocation]

    package init(
        regions: String, samples: Int, innerSamples: Int, uniform: LocationFigures, centre: LocationFigures,
        coverage: ObjectCoverage, predictors: [MapLocation]
    ) {
        self.regions = regions
        self.samples = samples
        self.innerSamples = innerSamples
        self.uniform = uniform
        self.centre = centre
        self.coverage = coverage
        self.predictors = predictors
    }
}
