import Identities

extension ResultTable {
    /// At most this many results are named, and discarded by one command.
    private static let namedResults = 10

    /// Which results of the table's rows cannot be used, and for each sweep the command that has their units trained
    /// again; a line each, none where all can be used.
    package var unreadableResults: [String] {
        let keys = Set(blocks.flatMap(\.rows).flatMap(\.trainedUnits))
        // Sweeps that share a unit share its result.
        let results = Dictionary(unreadable.map { ($0.key, $0) }) { first, _ in first }
        let sweeps = Dictionary(grouping: results.values.filter { keys.contains($0.key) }, by: \.sweep)
        return sweeps.values.sorted { $0[0].sweep < $1[0].sweep }.flatMap(Self.lines)
    }

    private static func lines(_ results: [UnreadableResult]) -> [String] {
        let results = results.sorted { "\($0.key)" < "\($1.key)" }
        let named = Array(results.prefix(namedResults))
        let count = results.count == 1 ? "1 stored result" : "\(results.count) stored results"
        let rest = results.count - named.count
        return ["\(count) of sweep \(results[0].sweep) cannot be used, and counted as missing:"]
            + named.map { "  unit \($0.key): \($0.problem)" }
            + (rest > 0 ? ["  and \(rest) more, which are named once these are gone"] : [])
            + ["To train \(named.count == 1 ? "it" : "them") again: \(UnreadableResult.discarding(named))"]
    }
}

extension ResultRow {
    /// The units of its folds, those under protocols that choose on the test fold included.
    fileprivate var trainedUnits: [UnitKey] {
        (folds + (paired?.folds ?? []) + (published?.folds ?? [])).flatMap { fold in
            [fold.key] + fold.draws.map(\.key)
        }
    }
}
