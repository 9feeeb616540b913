import Identities
import Scheduling
import Units

/// What no worker can read, in words.
enum MissingInputs {
    /// Layers, tasks and weights that are named before the rest is counted.
    private static let mostNames = 3

    /// `3 layers are on no worker: vit/12 (sha256 21f0…), …, looked for below /data by node1, node2`; nil if nothing is
    /// missing.
    /// - Parameter passes: nil for all.
    static func line(_ missing: [Coordinator.MissingInputs], among passes: Set<PassID>? = nil) -> String? {
        let missing = missing.filter { passes?.isDisjoint(with: $0.passes) != true }
        guard let first = missing.first else { return nil }
        let contents = missing.compactMap { try? InputContent(json: $0.content) }
        let layers = contents.map {
            "\($0.features.set)/\($0.features.layer) (sha256 \(short($0.features.digest)))"
        }.unique
        let verb = layers.count == 1 ? "1 layer is" : "\(layers.count) layers are"
        let names = layers.prefix(mostNames).joined(separator: ", ") + (layers.count > mostNames ? ", …" : "")
        let places = missing.flatMap(\.folders).unique + missing.flatMap(\.roots).unique.map { "below \($0)" }
        let hosts = missing.flatMap(\.hosts).unique.joined(separator: ", ")
        return
            "\(verb) on no worker that could train its units: \(names); looked for in \(places.joined(separator: ", ")) "
            + "by \(hosts): \(first.problem)"
    }

    private static func short(_ digest: String) -> String { "\(digest.prefix(8))…" }
}
