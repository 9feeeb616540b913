import Foundation
import Metrics

/// Valid values of metrics by the bytes of their names, looked up without allocating a string.
struct MetricIndex: Sendable {
    static let shared = MetricIndex()

    private struct Entry {
        let name: [UInt8]
        let values: ValueRange
    }

    /// By the length of the name.
    private let entries: [[Entry]]

    private init() {
        let longest = Metrics.valuesByName.keys.map(\.utf8.count).max() ?? 0
        var entries = [[Entry]](repeating: [], count: longest + 1)
        for (name, values) in Metrics.valuesByName.sorted(by: { $0.key < $1.key }) {
            entries[name.utf8.count].append(Entry(name: Array(name.utf8), values: values))
        }
        self.entries = entries
    }

    /// Nil for a name that is not in the catalogue.
    func values(_ name: UnsafeRawBufferPointer) -> ValueRange? {
        guard entries.indices.contains(name.count), let start = name.baseAddress else { return nil }
        return entries[name.count].first { memcmp($0.name, start, name.count) == 0 }?.values
    }
}
