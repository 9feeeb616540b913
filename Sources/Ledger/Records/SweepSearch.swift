package import Identities

/// A sweep as it is addressed.
package struct SweepAddress: Sendable, Equatable, CustomStringConvertible {
    package var id: SweepID
    package var name: String
    /// The client that submitted it; nil for the operators.
    package var owner: String?
    package var isCancelled: Bool

    package init(id: SweepID, name: String, owner: String?, isCancelled: Bool) {
        self.id = id
        self.name = name
        self.owner = owner
        self.isCancelled = isCancelled
    }

    /// `3 birds of alice`, for lists to choose from.
    package var description: String { "\(id) \(name)" + (owner.map { " of \($0)" } ?? "") }
}

/// What a name or number that somebody gave may mean.
package enum SweepSearch: Sendable, Equatable {
    case found(SweepID)
    case unknown
    /// Several clients have sweeps of the name, and none is the requester's own; the latest of each.
    case ambiguous([SweepAddress])

    /// A number means that sweep. A name means the latest of the requester's own sweeps of the name, or where it has
    /// none, the latest of the one client that has. Sweeps that are not cancelled go first.
    package static func find(
        _ text: String, among sweeps: some Sequence<SweepAddress>, for requester: Requester
    ) -> SweepSearch {
        let number = Int64(text).map { SweepID($0) }
        var namesakes: [SweepAddress] = []
        for sweep in sweeps {
            if sweep.id == number { return .found(sweep.id) }
            if sweep.name == text { namesakes.append(sweep) }
        }
        namesakes.sort { $0.id < $1.id }
        if let name = requester.name {
            let own = namesakes.filter { $0.owner == name }
            if let latest = own.last(where: { !$0.isCancelled }) ?? own.last { return .found(latest.id) }
        }
        return choose(among: namesakes.filter { !$0.isCancelled }, for: requester)
            ?? choose(among: namesakes.filter(\.isCancelled), for: requester) ?? .unknown
    }

    private static func choose(among sweeps: [SweepAddress], for requester: Requester) -> SweepSearch? {
        if requester.isOperator, let latest = sweeps.last(where: { $0.owner == nil }) { return .found(latest.id) }
        let latest = Dictionary(sweeps.map { ($0.owner, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        guard let only = latest.first else { return nil }
        return latest.count == 1 ? .found(only.id) : .ambiguous(latest)
    }
}
