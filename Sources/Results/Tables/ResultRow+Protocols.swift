import Units

/// By what a row's open choices were made.
package enum ChoiceProtocol: Hashable, Sendable {
    /// Inner splits of the training fold: the honest protocol.
    case inner
    /// The test fold, along the trajectories of the honest protocol and on the rows that they train on.
    case paired
    /// The test fold, training on the whole training fold, as the literature does.
    case published
}

extension SelectionSettings {
    package var choiceProtocol: ChoiceProtocol {
        switch `protocol` {
        case nil: .inner
        case "paired": .paired
        default: .published
        }
    }
}

extension ResultRow {
    /// The same row under another protocol.
    package struct OtherProtocol: Hashable, Sendable {
        package var folds: [Fold]
        package var estimate: FoldEstimate?

        /// The mean once all folds are done, so that it is over the same folds as others.
        var mean: Double? { folds.allSatisfy { $0.result?.score != nil } ? estimate?.mean : nil }
    }

    /// Whether the row's own choices were made on the test folds.
    package var isOptimistic: Bool { unit.solver.selection.choiceProtocol != .inner }

    /// What choosing on the test fold adds along the same trajectories: paired − honest; nil until both are complete.
    package var optimism: Double? {
        guard isComplete, let estimate, let paired = paired?.mean else { return nil }
        return paired - estimate.mean
    }

    /// What more training rows add to that: published − paired; nil until both are complete.
    package var gainOfMoreRows: Double? {
        guard let paired = paired?.mean, let published = published?.mean else { return nil }
        return published - paired
    }

    /// Attaches the rows of other protocols to the honest row that is otherwise equal; those without such a row are kept
    /// as they are.
    static func pairingProtocols(_ rows: [ResultRow]) -> [ResultRow] {
        let honest = rows.filter { !$0.isOptimistic }
        guard honest.count < rows.count else { return rows }
        var others = Dictionary(
            rows.filter(\.isOptimistic).map { (ProtocolPairKey($0.unit, $0.unit.solver.selection.choiceProtocol), $0) },
            uniquingKeysWith: { first, _ in first })
        let paired = honest.map { row in
            var row = row
            func other(_ name: ChoiceProtocol) -> OtherProtocol? {
                others.removeValue(forKey: ProtocolPairKey(row.unit, name)).map {
                    OtherProtocol(folds: $0.folds, estimate: $0.estimate)
                }
            }
            (row.paired, row.published) = (other(.paired), other(.published))
            return row
        }
        return paired + others.values
    }

    /// A unit with the protocol of selection in place of its settings: equal for the rows of a pair.
    private struct ProtocolPairKey: Hashable {
        let unit: ProbeUnit
        let name: ChoiceProtocol

        init(_ unit: ProbeUnit, _ name: ChoiceProtocol) {
            var unit = unit
            unit.solver.selection = SelectionSettings(fraction: 0, refit: false)
            self.unit = unit
            self.name = name
        }
    }
}
