import Foundation

/// What a table in JSON says of each finished unit.
struct FinishedUnits {
    /// By unit key, who trained it, how long and under which attempt, in a table with `--times`. A unit that was trained
    /// again would have another entry.
    let provenance: [String: [String: String]]
    private let metrics: [[String: Double]]

    func mean(of metric: String) -> Double {
        metrics.reduce(0) { $0 + ($1[metric] ?? .nan) } / Double(metrics.count)
    }

    init(json: String) throws {
        var provenance: [String: [String: String]] = [:]
        let rows = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]] ?? []
        let folds = rows.flatMap { $0["folds"] as? [[String: Any]] ?? [] }
        metrics = folds.compactMap { $0["metrics"] as? [String: Double] }
        for fold in folds {
            guard let key = fold["key"] as? String, let found = fold["provenance"] as? [String: Any] else { continue }
            provenance[key] = found.mapValues { "\($0)" }
        }
        self.provenance = provenance
    }
}
