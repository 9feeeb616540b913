import Sweeps
import Units

/// What rows or columns of a pivot table run over.
package enum TableAxis: String, CaseIterable, Codable, Sendable {
    /// The feature set, which is the backbone, by its name in tables.
    case features
    /// The task, with its metric.
    case tasks
    case probes
    /// The layer's index.
    case layers
    /// D_o, as a share of D where it is one and was given as one.
    case output
    /// How much was trained on, and whatever else tells trainings of a probe apart.
    case training
}

extension TableAxis {
    /// Above the labels.
    var title: String {
        switch self {
        case .features: "backbone"
        case .tasks: "task"
        case .probes: "probe"
        case .layers: "layer"
        case .output: "Dₒ"
        case .training: "training"
        }
    }

    /// Where a row lies on the axis: labels in order of rank, and of themselves where ranks are equal.
    ///
    /// Rows of unlike ranks can have one label; ``places(of:)`` gives them one rank.
    func place(of row: ResultRow, in block: ResultTable.Block) -> Place {
        switch self {
        case .features: Place(rank: 0, label: row.features)
        case .tasks: Place(rank: 0, label: Self.label(of: block))
        case .probes: Place(rank: 0, label: row.displayNameOfProbe)
        case .layers: Place(rank: Double(row.unit.features.layer), label: "\(row.unit.features.layer)")
        case .output:
            Place(
                rank: Double(row.outputWidth) / Double(row.unit.features.width),
                label: row.displayNameOfOutput)
        case .training:
            Place(
                rank: row.trainingSamples ?? .infinity,
                label: row.displayNameOfTraining.isEmpty ? "all" : row.displayNameOfTraining)
        }
    }

    /// Where the rows of blocks lie on the axis, by label: each at the least rank that a row with the label has.
    func places(of blocks: [ResultTable.Block]) -> [String: Place] {
        if self == .tasks { return Self.placesOfTasks(blocks) }
        let places = blocks.flatMap { block in block.rows.map { place(of: $0, in: block) } }
        return Dictionary(places.map { ($0.label, $0) }) { $0.rank <= $1.rank ? $0 : $1 }
    }

    /// Tasks in the order of their names, and the metrics of one task in that of its blocks.
    private static func placesOfTasks(_ blocks: [ResultTable.Block]) -> [String: Place] {
        let order = blocks.indices.sorted {
            (Place.key(of: blocks[$0].task), $0) < (Place.key(of: blocks[$1].task), $1)
        }
        let places = order.enumerated().map { Place(rank: Double($0), label: label(of: blocks[$1])) }
        return Dictionary(places.map { ($0.label, $0) }) { first, _ in first }
    }

    private static func label(of task: ResultTable.Block) -> String {
        "\(task.task): \(DisplayName.metricWithUnit(task.metric))"
    }

    struct Place: Hashable, Comparable {
        let rank: Double
        let label: String

        static func < (first: Place, second: Place) -> Bool {
            (first.rank, first.key, first.label) < (second.rank, second.key, second.label)
        }

        /// The label with its numbers at one length, so that `EP₈` comes before `EP₁₆`.
        private var key: String { Self.key(of: label) }

        static func key(of label: String) -> String {
            let plain = String(label.map { FontMetrics.plain($0) ?? $0 })
            return plain.replacing(/\d+/) { String(repeating: "0", count: max(0, 9 - $0.output.count)) + $0.output }
        }
    }
}
