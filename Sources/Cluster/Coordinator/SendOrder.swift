import Identities
import Scheduling
import Transport

/// What is sent to workers, in the order in which the machine ordered it.
///
/// A lease needs its units' canonical forms, which are read from the ledger on another thread. Until they are there,
/// whatever else is meant for the same address waits behind the lease: a cancellation must not overtake it.
struct SendOrder {
    typealias Body = WireCoordinatorToWorker.OneOf_Body

    private enum Item {
        case message(Body)
        case lease(Attempt)

        func isLease(_ attempt: Attempt) -> Bool {
            if case .lease(attempt) = self { true } else { false }
        }
    }

    /// Addresses with a lease that is being read; the first item of each is one.
    private var waiting: [Address: [Item]] = [:]

    /// Whether the message may be sent now; else it waits.
    mutating func admits(_ body: Body, to address: Address) -> Bool {
        guard waiting[address] != nil else { return true }
        waiting[address]?.append(.message(body))
        return false
    }

    /// The lease is being read from now on.
    mutating func hold(_ address: Address, for lease: Attempt) {
        waiting[address, default: []].append(.lease(lease))
    }

    /// The lease was read.
    ///
    /// - Parameter body: nil where it cannot be sent.
    /// - Returns: what may be sent now, in order.
    mutating func release(_ lease: Attempt, at address: Address, as body: Body?) -> [Body] {
        guard var items = waiting.removeValue(forKey: address) else { return [] }
        if let place = items.firstIndex(where: { $0.isLease(lease) }) {
            items.replaceSubrange(place...place, with: body.map { [.message($0)] } ?? [])
        }
        var ready: [Body] = []
        for item in items {
            guard case .message(let body) = item else { break }
            ready.append(body)
        }
        if ready.count < items.count { waiting[address] = Array(items[ready.count...]) }
        return ready
    }

    /// The connection is gone, and with it whatever was meant for it.
    mutating func forget(_ address: Address) { waiting[address] = nil }
}
