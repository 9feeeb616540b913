/// What one client was given at one priority.
struct ClientShare: Sendable, Codable {
    let client: String
    let priority: Int
    /// Its virtual time: predicted seconds that were leased to it, and what it forgoes while it wants nothing.
    fileprivate(set) var virtualTime = 0.0
}

/// Fair queueing between the clients of each priority, by predicted seconds.
///
/// Start-time fair queueing (Goyal, Vin and Cheng, 1996): the client with the least virtual time is served next, and
/// what it is leased is added to it. A level's own virtual time is that of the client it served last; one that comes
/// back later than that goes on from there, so that an idle share is the others', and is not owed afterwards.
struct ShareTable: Sendable, Codable {
    private struct Level: Sendable, Codable {
        let priority: Int
        var virtualTime = 0.0
    }

    private(set) var shares: [ClientShare] = []
    private var levels: [Level] = []

    /// The index of the client's share at the priority; made if there is none.
    mutating func insert(_ client: String, priority: Int) -> Int {
        if let known = shares.firstIndex(where: { $0.client == client && $0.priority == priority }) { return known }
        if !levels.contains(where: { $0.priority == priority }) { levels.append(Level(priority: priority)) }
        shares.append(ClientShare(client: client, priority: priority))
        return shares.count - 1
    }

    /// When the share would be served next, in its level's virtual time.
    func start(of share: Int) -> Double { max(shares[share].virtualTime, level(of: share)?.virtualTime ?? 0) }

    /// Charges predicted seconds that were leased.
    mutating func charge(_ seconds: Double, to share: Int) { shares[share].virtualTime = start(of: share) + seconds }

    /// Takes back a charge for what was not begun.
    mutating func refund(_ seconds: Double, to share: Int) { shares[share].virtualTime -= seconds }

    /// Takes note that the share was served from this virtual time on.
    mutating func serve(_ share: Int, from start: Double) {
        guard let index = levels.firstIndex(where: { $0.priority == shares[share].priority }) else { return }
        levels[index].virtualTime = max(levels[index].virtualTime, start)
    }

    private func level(of share: Int) -> Level? { levels.first { $0.priority == shares[share].priority } }
}
