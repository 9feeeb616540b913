/// What is left of a local run needs features that its workers cannot read. Nobody else will come who can.
package struct FeaturesUnavailable: Error, CustomStringConvertible {
    let units: Int
    let reason: String

    package var description: String {
        "\(units) units wait: \(reason) Results so far are kept; mend that and run the same command again."
    }
}
