package import Foundation
package import Identities

/// Reads a sweep, wherever its ledger is.
package protocol SweepReader {
    /// The options that lead another command to the same ledger, as a shell takes them, each after a space:
    /// ` --state DIR`, or ` --connect ENDPOINT --keys FILE`.
    var repeated: String { get }
    /// The sweep of this number, or the latest of this name.
    ///
    /// - Throws: an error that names the known ones.
    func find(_ nameOrNumber: String) throws -> SweepHeader
    /// JSON of the facts that the sweep was planned from.
    func facts(of sweep: SweepID) throws -> Data
    /// JSON of the specification that it was planned from, with every default filled in.
    func specification(of sweep: SweepID) throws -> Data
    /// The folders of feature sets, as the submitting client saw them, by pass.
    func passes(of sweep: SweepID) throws -> [PassRecord]
    /// All cells, in the sweep's order.
    func forEachPage(of sweep: SweepHeader, _ body: (SweepPage) throws -> Void) throws
    /// The kept predictions of a unit, as `Predictions.encoded`; nil if there are none.
    func predictions(of unit: UnitKey) throws -> Data?
    /// How many cells have keys that begin with these hexadecimal digits, and the cell if it is a single one.
    func cells(beginning digits: String, of sweep: SweepHeader) throws -> (count: Int, row: SweepRow?)
}

/// A sweep as its readers need it.
package struct SweepHeader: Sendable, Equatable {
    package var id: SweepID
    package var name: String
    package var units: Int

    package init(id: SweepID, name: String, units: Int) {
        self.id = id
        self.name = name
        self.units = units
    }
}
