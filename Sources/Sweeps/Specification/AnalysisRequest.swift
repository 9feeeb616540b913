package import Identities

/// Asks for analyses of heads instead of the units of a grid: of what heads attend to, and what that is worth.
///
/// `probesweep attend` writes it: the specification is that of the sweep whose heads are analysed, pinned to the kernel
/// path that its results were found on.
package struct AnalysisRequest: Codable, Hashable, Sendable {
    /// The keys of the units whose heads are analysed; nil for every unit with maps that is no control.
    package var units: [UnitKey]?
    /// The kernel path that the analysed sweep is pinned to, nil for none.
    package var kernel: String?

    package init(units: [UnitKey]?, kernel: String?) {
        self.units = units
        self.kernel = kernel
    }
}
