import Foundation
import Sweeps
import Units

/// An axis of comparison: the rows of a group differ in it and agree in everything else.
package enum RowAxis: String, CaseIterable, Codable, Sendable {
    /// Anything: all rows of a task are one group.
    case row
    /// The probe with its output dimensionality, on one layer.
    case probe
    /// The feature set, under one probe on a layer of one index or relative depth.
    case features
    /// The layer, under one probe.
    case layer
    /// D_o, of one probe on one layer.
    case output
    /// How much of each training fold was trained on, under one probe on one layer.
    case shots
}

/// Rows of a table that differ along one axis.
package struct RowGroup: Hashable, Sendable {
    /// What the rows have in common, such as `wordnet layer 4`; empty where all rows of a task are one group.
    package var name: String
    /// The rows, task by task.
    package var table: ResultTable

    package init(name: String, table: ResultTable) {
        self.name = name
        self.table = table
    }
}

extension ResultTable {
    /// Groups of rows that differ only along the axis, in the order of their first rows.
    ///
    /// A group spans tasks, so that its rows can be ranked over them. A task with fewer than two rows of a group is
    /// left out of it, since there is nothing to compare. So are rows that chose on the test folds, where others did
    /// not, and controls unless they are asked for.
    package func grouped(by axis: RowAxis, withControls: Bool = false) -> [RowGroup] {
        var names: [String] = []
        let honest = blocks.map { $0.comparable(withControls: withControls) }
        for name in honest.flatMap(\.rows).map({ $0.name(without: axis) }) where !names.contains(name) {
            names.append(name)
        }
        return names.compactMap { name in
            var table = self
            table.blocks = honest
            for index in table.blocks.indices {
                table.blocks[index].rows.removeAll { $0.name(without: axis) != name }
            }
            table.blocks.removeAll { $0.rows.count < 2 }
            return table.blocks.isEmpty ? nil : RowGroup(name: name, table: table)
        }
    }
}

extension ResultRow {
    /// The row's full name.
    var name: String { name(without: nil) }

    /// The row's name without the part that varies along the axis.
    func name(without axis: RowAxis?) -> String {
        switch axis {
        case .row: ""
        case .features:
            ([
                depth.map { "depth \($0)" } ?? layerName, label,
                "D_o \(displayNameOfOutput)",
            ]).joined(separator: ", ")
        case .layer: ([features] + probeName(without: axis)).joined(separator: ", ")
        case .probe, .output, .shots, nil:
            (["\(features) \(layerName)"] + probeName(without: axis)).joined(separator: ", ")
        }
    }

    /// The same without the feature set, for lines that a plot tells apart by set.
    func nameInSet(without axis: RowAxis) -> String {
        ((axis == .layer ? [] : [layerName]) + probeName(without: axis)).joined(separator: ", ")
    }

    private var layerName: String { chosenLayers == nil ? "layer \(unit.features.layer)" : "chosen layer" }

    private func probeName(without axis: RowAxis?) -> [String] {
        if axis == .probe { return [] }
        return [axis == .shots ? labelOfAllShots : label] + (axis == .output ? [] : ["D_o \(outputWidth)"])
    }

    /// The row's label without the amount of samples in it.
    private var labelOfAllShots: String {
        unit.shots.map { label.replacing(" " + $0.label(ofVersion: unit.protocolVersion), with: "") } ?? label
    }
}

extension [String] {
    /// Names of rows without the parts between commas, and the first word, that all of them share.
    var withoutSharedParts: [String] {
        let parts = map { $0.components(separatedBy: ", ") }
        guard count > 1, let first = parts.first, parts.allSatisfy({ $0.count == first.count }) else { return self }
        let kept = first.indices.filter { index in Set(parts.map { $0[index] }).count > 1 }
        guard !kept.isEmpty else { return self }
        let names = parts.map { parts in kept.map { parts[$0] }.joined(separator: ", ") }
        let words = Set(names.map { $0.prefix { $0 != " " } })
        guard kept.first == 0, words.count == 1, names.allSatisfy({ $0.contains(" ") }) else { return names }
        return names.map { String($0.drop { $0 != " " }.dropFirst()) }
    }
}
