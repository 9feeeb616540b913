/// One layer as a user names it.
package enum LayerSelection: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The layer's index in the manifest.
    case index(Int)
    /// The layer's name in the manifest.
    case name(String)
    /// A relative depth as it was written, `last`, `2/3` or `0.5`: it names a layer of every backbone, however deep.
    case depth(String)

    /// Reads a layer as specifications write it.
    init(_ text: String) {
        self =
            if let index = Int(text) {
                .index(index)
            } else if Self.share(text) != nil {
                .depth(text)
            } else {
                .name(text)
            }
    }

    package var description: String {
        switch self {
        case .index(let index): String(index)
        case .name(let text), .depth(let text): text
        }
    }

    /// The index of the layer that is meant, nil if a set has no such layer.
    ///
    /// A relative depth p means the layer nearest to p·L, L being the index of the deepest layer of the set, and of two
    /// that are as near the deeper one. A layer of that very name comes first.
    ///
    /// - Parameter layers: Index and name of every layer of the set.
    func layer(among layers: [(index: Int, name: String)]) -> Int? {
        switch self {
        case .index(let index): return layers.first { $0.index == index }?.index
        case .name(let name): return layers.first { $0.name == name }?.index
        case .depth(let text):
            if let named = layers.first(where: { $0.name == text }) { return named.index }
            guard let share = Self.share(text), let deepest = layers.map(\.index).max() else { return nil }
            let place = share * Double(deepest)
            func distance(_ index: Int) -> (Double, Int) { (abs(Double(index) - place), -index) }
            return layers.map(\.index).min { distance($0) < distance($1) }
        }
    }

    /// The share of the depth that a text means, from 0 to 1; nil for any other text.
    private static func share(_ text: String) -> Double? {
        if text == "last" { return 1 }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let above = Int(parts[0]), let below = Int(parts[1]), above >= 0, below > 0, above <= below else {
                return nil
            }
            return Double(above) / Double(below)
        }
        // A number with a point; without one it is an index.
        guard text.contains("."), let share = Double(text), (0...1).contains(share) else { return nil }
        return share
    }
}

extension SweepSpecification {
    /// The relative depth that the specification asks for and that a layer is, the first of several; nil for none.
    func depth(of index: Int, among layers: [(index: Int, name: String)]) -> String? {
        for case .depth(let text) in self.layers ?? [] where LayerSelection.depth(text).layer(among: layers) == index {
            return text
        }
        return nil
    }
}
