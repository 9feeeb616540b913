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

    /// - Parameters:
    ///   - units: Those that may be named.
    ///   - counts: All reasons with their numbers of units, in the order of the groups.
    ///   - name: What a unit is, in words; nil where that is not known.
    static func groups(
        _ units: [QuarantinedUnit], counts: [(reason: String, units: Int)], name: (UnitKey) -> String?
    ) -> [FailureGroup] {
        let named = Dictionary(grouping: units, by: \.reason)
        return counts.map { reason, count in
            let names = (named[reason] ?? []).prefix(Self.named).map { unit in
                name(unit.key) ?? "unit \(unit.key.description.prefix(12))"
            }
            return FailureGroup(reason: reason, units: names, count: count)
        }
    }

    /// The most frequent reasons in a ledger.
    ///
    /// - Parameter units: Of its quarantine, those that may be named.
    static func read(_ ledger: LedgerReader, named units: [QuarantinedUnit]) -> [FailureGroup] {
        groups(units, counts: (try? ledger.quarantineReasons(limit: 50)) ?? []) { key in
            (try? ledger.form(of: key)).flatMap { $0 }.flatMap(UnitWords.text)
        }
    }
}
