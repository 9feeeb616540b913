import Identities
import Logging
import Results
import Scheduling
import SwiftProtobuf
import Transport

// Results are validated before the machine sees them: an impossible one counts as a failure of the worker that reported
// it, by the machine's own rules for failures.

extension CoordinatorLoop {
    /// The reports, with every finished one that fails the check turned into a failed one.
    func checked(_ reports: [UnitReport], from address: Address) -> [UnitReport] {
        var checked = reports
        var samples = PassSamples()
        var refused = 0
        var example = ""
        for place in reports.indices {
            guard case .finished(let payload) = reports[place].outcome else { continue }
            let unit = reports[place].unit
            guard let problem = check.problem(in: payload, of: unit, samples: samples.known(of: unit, self)) else {
                continue
            }
            checked[place].outcome = .failed("the result was refused: \(problem)")
            if refused == 0 { example = "unit \(unit): \(problem)" }
            refused += 1
        }
        if refused > 0 {
            refuse("\(refused) of \(reports.count) results were refused, the first of \(example)", to: address)
        }
        return checked
    }

    /// Tells a worker that something it said was rejected, and why. The worker only logs it.
    func refuse(_ reason: String, to address: Address) {
        send(.refusal(.with { $0.reason = String(reason.prefix(1_000)) }), to: address)
    }
}

/// How many samples units' feature sets have; units of one message are mostly of one pass.
private struct PassSamples {
    private var pass: PassID?
    private var samples: Int?

    mutating func known(of unit: UnitKey, _ loop: CoordinatorLoop) -> Int? {
        guard let pass = loop.machine.pass(of: unit) else { return nil }
        if pass != self.pass {
            self.pass = pass
            samples = loop.sweeps.samples(of: pass)
        }
        return samples
    }
}
