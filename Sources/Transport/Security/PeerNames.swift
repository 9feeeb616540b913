/// The names of peers to be.
package enum PeerNames: Sendable, ExpressibleByArrayLiteral {
    case these([String])
    /// The first names `PREFIX-1`, `PREFIX-2` … that nobody on the list has.
    case free(String, count: Int)

    package init(arrayLiteral names: String...) { self = .these(names) }

    func chosen(for list: AllowListDocument) -> [String] {
        switch self {
        case .these(let names): return names
        case .free(let prefix, let count):
            let taken = Set(list.entries.compactMap(\.name))
            return Array((1...).lazy.map { "\(prefix)-\($0)" }.filter { !taken.contains($0) }.prefix(max(0, count)))
        }
    }
}
