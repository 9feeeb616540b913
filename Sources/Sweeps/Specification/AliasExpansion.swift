import Yams

/// Bounds what aliases (`*name`) of a YAML text expand to: nine lines in which each is a list of nine times the one before
/// stand for 387 million nodes, and the parser itself visits them all where they are keys.
enum AliasExpansion {
    /// Nodes that a specification may have, each alias counted as what it stands for.
    static let limit = 100_000

    /// The line of the first alias that brings the text above the limit; nil if there is none.
    ///
    /// - Throws: `YamlError` where the text is not YAML.
    static func lineBeyondLimit(in text: String) throws -> Int? {
        guard text.contains("*"), text.contains("&") else { return nil }
        // In this text every alias is a scalar of its own; elsewhere an asterisk is no matter of structure.
        let parser = try Yams.Parser(yaml: text.replacing("*", with: marker))
        guard let root = try parser.singleRoot() else { return nil }
        var count = Count()
        // Nodes hold their anchors weakly, and the parser holds them strongly.
        withExtendedLifetime(parser) { count.add(root) }
        return count.lineBeyondLimit
    }

    /// Begins plain scalars.
    private static let marker = "~"

    /// Counts the nodes of a text in its order.
    private struct Count {
        private var nodes = 0
        private var anchored: [String: Int] = [:]
        private(set) var lineBeyondLimit: Int?

        mutating func add(_ node: Node) {
            guard lineBeyondLimit == nil else { return }
            let before = nodes
            nodes += 1
            switch node {
            case .scalar(let scalar) where scalar.string.hasPrefix(AliasExpansion.marker):
                nodes += anchored[String(scalar.string.dropFirst())] ?? 0
            case .scalar, .alias: break
            case .sequence(let items): for item in items { add(item) }
            case .mapping(let pairs): for pair in pairs { for node in [pair.key, pair.value] { add(node) } }
            }
            if nodes > AliasExpansion.limit, lineBeyondLimit == nil { lineBeyondLimit = node.mark?.line ?? 1 }
            if let anchor = node.anchor { anchored[anchor.rawValue] = nodes - before }
        }
    }
}
