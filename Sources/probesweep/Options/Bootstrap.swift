import ArgumentParser
import Ledger
import Results

/// What `--bootstrap` does.
enum Bootstrap {
    static func validate(_ samples: Int) throws {
        guard samples >= 100 else {
            throw ValidationError(
                "--bootstrap must be at least 100, not \(samples), since the ends of an interval are rare samples.")
        }
    }
}

extension ResultTable {
    /// The table with its rows' bootstrap over kept predictions, where it is asked for; what cannot be used is reported.
    func resampled(_ samples: Int?, of sweep: String, in ledger: any SweepReader) throws -> ResultTable {
        guard let samples else { return self }
        let pooled = try KeptPredictions.pooled(self, of: sweep, in: ledger, resamples: samples)
        for problem in pooled.unreadable { Exit.complain("no pooled interval: \(problem)") }
        return pooled.table
    }
}
