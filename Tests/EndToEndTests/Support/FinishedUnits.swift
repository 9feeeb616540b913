import Foundation

/// Who trained each finished unit, how long and under which attempt, from a table in JSON with `--times`.
///
/// A unit that was trained again would have another entry.
struct FinishedUnits {
    /// By unit key.
    let provenance: [String: [String: String]]

    init(json: String) throws {
        var provenance: [String: [String: String]] = [:]
        let rows = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]] ?? []
        for fold in rows.flatMap({ $0["folds"] as? [[String: Any]] ?? [] }) {
            guard let key = fold["key"] as? String, let found = fold["provenance"] as? [String: Any] else { continue }
            provenance[key] = found.mapValues { "\($0)" }
        }
        self.provenance = provenance
    }
}
