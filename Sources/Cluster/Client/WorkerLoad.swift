import Foundation

/// What a worker takes of its machine, as it told last.
package struct WorkerLoad: Codable, Sendable, Equatable {
    /// What its process has in memory.
    package var residentBytes: Int?
    /// Processor seconds of its process in each second.
    package var processors: Double?
    /// The load average of its machine over the last minute, with everything else that runs there.
    package var loadAverage: Double?

    package init(residentBytes: Int? = nil, processors: Double? = nil, loadAverage: Double? = nil) {
        self.residentBytes = residentBytes
        self.processors = processors
        self.loadAverage = loadAverage
    }
}

extension WorkerLoad {
    /// For example `412 MB in memory, 1.9 processors busy, load 2.1`.
    package var words: String {
        let parts = [
            memoryText.map { "\($0) in memory" }, processorsText.map { "\($0) processors busy" },
            loadText.map { "load \($0)" },
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    var memoryText: String? {
        residentBytes.map { $0 < 1_000_000_000 ? "\($0 / 1_000_000) MB" : "\(Self.tenths(Double($0) / 1e9)) GB" }
    }

    var processorsText: String? { processors.map(Self.tenths) }

    var loadText: String? { loadAverage.map(Self.tenths) }

    private static func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
}
