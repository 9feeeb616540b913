import Identities
import Ledger
import Results

/// Units in quarantine, grouped by their reason, the one with most units first.
struct FailureGroup: Sendable, Equatable {
    /// Units that a group names; the others are counted.
    static let named = 8

    var reason: String
    /// What the first units are, in words.
    var units: [String]
    var count: Int

    /// - Parameter name: What a unit is, in words; nil where that is not known.
    static func groups(_ units: [QuarantinedUnit], name: (UnitKey) -> String?) -> [FailureGroup] {
        var groups: [FailureGroup] = []
        for unit in units {
            let place = groups.firstIndex { $0.reason == unit.reason } ?? groups.count
            if place == groups.count { groups.append(FailureGroup(reason: unit.reason, units: [], count: 0)) }
            groups[place].count += 1
            guard groups[place].units.count < named else { continue }
            groups[place].units.append(name(unit.key) ?? "unit \(unit.key.description.prefix(12))")
        }
        return groups.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .map(\.element)
    }

    /// The units in quarantine that are newest, by what the ledger knows of them.
    static func read(_ ledger: LedgerReader, limit: Int = 100) -> [FailureGroup] {
        let units = (try? ledger.quarantine(limit: limit)) ?? []
        return groups(units) { key in (try? ledger.form(of: key)).flatMap { $0 }.flatMap(UnitWords.text) }
    }
}
