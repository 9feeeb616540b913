public import Foundation
public import Identities
public import Scheduling

/// Whoever trains the leases of a worker, one after the other, on threads of its own.
///
/// It tells `unitsEnded` for every unit, `progressed` now and then, and `passEnded` at the end of each lease.
public protocol PassTrainer: Sendable {
    /// - Parameters:
    ///   - forms: the canonical form of every unit of the lease.
    ///   - folder: where the submitting client saw the features.
    ///   - keepsPredictions: whether what heads say of their test folds is sent with the results.
    func start(_ lease: Lease, forms: [UnitKey: Data], folder: String, keepsPredictions: Bool)

    /// Leaves units out of the pass.
    func cancel(_ units: [UnitKey], of attempt: Attempt)

    /// Ends the pass.
    func abandon(_ attempt: Attempt)
}
