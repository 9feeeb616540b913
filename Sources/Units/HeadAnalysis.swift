/// What is asked of a unit's trained head besides its scores: where it looks, and what that is worth.
///
/// A unit with an analysis trains the unit that it is an analysis of, with that one's random numbers, and has a key and a
/// result of its own.
package struct HeadAnalysis: Codable, Hashable, Sendable {
    /// Bumped whenever a change to the program changes the findings of an unchanged unit.
    package static let currentForm = 1

    package var form: Int
    /// The kernel path that the analysed unit is pinned to, nil for none. The analysis is pinned to the path that the
    /// unit was trained on, whose result it must give again to the last bit.
    package var kernel: String?
    /// SHA-256 of the boxes or masks that maps are held against; nil for none.
    package var regions: String?

    package init(ofUnitPinnedTo kernel: String?, regions: String?) {
        form = Self.currentForm
        self.kernel = kernel
        self.regions = regions
    }
}

extension ProbeUnit {
    /// The unit that is trained: the analysed one, or this one where nothing is analysed.
    package var trained: ProbeUnit {
        guard let analysis else { return self }
        var unit = self
        unit.analysis = nil
        unit.kernel = analysis.kernel
        return unit
    }

    /// The analysis of this unit's head.
    ///
    /// - Parameters:
    ///   - path: The kernel path that the unit was trained on.
    ///   - regions: SHA-256 of the boxes or masks of its feature set; nil for none.
    package func analysed(on path: String, regions: String?) -> ProbeUnit {
        var unit = self
        unit.analysis = HeadAnalysis(ofUnitPinnedTo: kernel, regions: regions)
        unit.kernel = path
        return unit
    }
}
