import Foundation
package import Identities
import Ledger
import Scheduling
import Sweeps
import Units

/// Reads single results of a sweep from its ledger; tables read many with ``PageReader``.
///
/// A ledger may hold what an earlier version or a broken worker wrote. Whatever cannot be read, or breaks the rules for
/// new results, is an ``UnreadableResult``: only its own cell is missing, and says so.
struct StoredResults {
    private let check = ResultCheck()
    private let sweep: SweepID
    private let samples: SampleCounts

    init(of sweep: SweepHeader, in ledger: some SweepReader) throws {
        self.sweep = sweep.id
        samples = SampleCounts(facts: try ledger.facts(of: sweep.id))
    }

    func read(_ payload: Data, of key: UnitKey, layer: String) -> Result<UnitResult, UnreadableResult> {
        check.read(payload, of: key, samples: samples.samples(ofLayer: layer)).mapError {
            UnreadableResult(key: key, sweep: sweep, problem: $0.problem)
        }
    }
}

/// A result, or kept predictions, in the ledger that cannot be used.
package struct UnreadableResult: Error, Equatable, CustomStringConvertible {
    package let key: UnitKey
    /// The sweep's number.
    package let sweep: SweepID
    /// What was found and what was expected.
    package let problem: String

    package var description: String {
        "the stored result cannot be used: \(problem). To train the unit again: "
            + "probesweep discard \(sweep) --unit \(key)"
    }
}
