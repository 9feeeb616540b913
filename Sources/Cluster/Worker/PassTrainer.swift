package import Identities
package import Scheduling

/// Trains the leases of a worker, one after the other, on threads of its own.
///
/// It tells `unitsEnded` for every unit, `progressed` now and then, and `passEnded` at the end of each lease.
package protocol PassTrainer: Sendable {
    /// - Parameter content: with the canonical form of every unit of the lease.
    func start(_ lease: Lease, _ content: LeaseContent)

    /// Looks whether these can be read, tells `inputsChecked`, and tells it again when that changes.
    func check(_ inputs: [InputQuery])

    /// Leaves units out of the pass; nobody will go on with them.
    func cancel(_ units: [UnitKey], of attempt: Attempt)

    /// Ends the pass.
    func abandon(_ attempt: Attempt)
}
