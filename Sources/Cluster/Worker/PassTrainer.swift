public import Foundation
public import Scheduling

/// Trains the leases of a worker, one after the other, on threads of its own.
///
/// It tells `unitsEnded` for every unit, `progressed` now and then, and `passEnded` at the end of each lease.
public protocol PassTrainer: Sendable {
    /// - Parameters:
    ///   - forms: the canonical form of every unit of the lease.
    ///   - folder: where the submitting client saw the features.
    ///   - keepsPredictions: whether the predictions of the test folds are sent with the results.
    func start(_ lease: Lease, forms: [UnitDigest: Data], folder: String, keepsPredictions: Bool)

    /// Drops units from the pass.
    func cancel(_ units: [UnitDigest], of attempt: Attempt)

    /// Ends the pass.
    func abandon(_ attempt: Attempt)
}
