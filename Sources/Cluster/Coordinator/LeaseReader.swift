import Dispatch
import Foundation
import Identities
import Ledger

/// Reads the canonical forms of leases' units beside the coordinator's thread: a lease may have a thousand of them.
struct LeaseReader: Sendable {
    private let ledger: LedgerReader
    private let queue = DispatchQueue(label: "probesweep.leases", qos: .userInitiated)

    init(_ ledger: LedgerReader) { self.ledger = ledger }

    /// - Parameter answer: called from another thread, with the forms in the order of the units.
    func read(_ units: [UnitKey], answer: @escaping @Sendable (Result<[Data], any Error>) -> Void) {
        queue.async { answer(Result { try ledger.canonicalForms(of: units) }) }
    }
}
