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
    private let repeated: String

    init(of sweep: SweepHeader, in ledger: any SweepReader) throws {
        self.sweep = sweep.id
        repeated = ledger.repeated
        samples = SampleCounts(facts: try ledger.facts(of: sweep.id))
    }

    func read(_ payload: Data, of key: UnitKey, layer: String) -> Result<UnitResult, UnreadableResult> {
        check.read(payload, of: key, samples: samples.samples(ofLayer: layer)).mapError {
            UnreadableResult(key: key, sweep: sweep, problem: $0.problem, repeated: repeated)
        }
    }
}

/// A result, or kept predictions, in the ledger that cannot be used.
package struct UnreadableResult: Error, Hashable, CustomStringConvertible {
    package let key: UnitKey
    /// The sweep's number.
    package let sweep: SweepID
    /// What was found and what was expected.
    package let problem: String
    /// The options that lead `discard` to the ledger; see `SweepReader.repeated`.
    let repeated: String

    package var description: String {
        "the stored result cannot be used: \(problem). To train the unit again: " + Self.discarding([self])
    }

    /// The same for tables, which are the same bytes wherever the ledger is: without the command.
    var finding: String {
        "the stored result cannot be used: \(problem). “probesweep discard” has the unit trained again"
    }

    /// The command that has units of one sweep trained again.
    static func discarding(_ results: [UnreadableResult]) -> String {
        guard let first = results.first else { return "" }
        return "probesweep discard \(first.sweep)" + results.map { " --unit \($0.key)" }.joined() + " --yes"
            + first.repeated
    }
}
