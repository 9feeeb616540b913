import Features
import Metrics
import Units

/// What the kept predictions of a row say class by class, and which classes are taken for which.
package struct ClassEvidence: Sendable {
    package let classes: Sheet
    /// Of tasks of one class a sample; nil for others.
    package let confusions: Sheet?

    /// Classes up to which the whole matrix is shown; of more the most frequent confusions are.
    static let matrixClasses = 12
    static let listedConfusions = 20

    /// - Throws: as ``KeptPredictions/predictions(of:key:)``, where labels are not on this machine among it.
    /// - Returns: Nil where no predictions were kept.
    package static func make(
        of row: ResultRow, in block: ResultTable.Block, _ kept: inout KeptPredictions
    ) throws -> ClassEvidence? {
        var folds: [Prediction] = []
        for key in row.folds.flatMap({ $0.draws.isEmpty ? [$0.key] : $0.draws.map(\.key) }) {
            if let found = try kept.predictions(of: row.unit, key: key) { folds.append(found.truth) }
        }
        guard !folds.isEmpty else { return nil }
        let names = try kept.task(of: row.unit).classNames
        let rows = ClassTable.rows(folds.map(\.perClass), of: row, in: block, classNames: names)
        guard !rows.isEmpty else { return nil }
        let title = "\(block.task): \(row.name)"
        return ClassEvidence(
            classes: sheet(rows, title: "\(title), class by class"),
            confusions: ConfusionCounts(folds).map { $0.sheet(title: "\(title), confusions", names: names) })
    }

    private static func sheet(_ rows: [ClassTable.Row], title: String) -> Sheet {
        Sheet(
            title: title,
            columns: [
                .text("class"), .number("samples"), .number("precision"), .number("recall"), .number("F1"),
                .number("AP"), .number("AUROC"),
            ],
            rows: rows.map { row in
                [row.className, "\(row.positives)"]
                    + [row.precision, row.recall, row.f1, row.averagePrecision, row.areaUnderCurve].map {
                        NumberFormat.fixed($0.map { 100 * $0 }, 1)
                    }
            },
            notes: ["In percent, means over the test folds in which a figure is defined."])
    }
}

/// How often samples of each class were predicted to be of each, over all test folds.
struct ConfusionCounts {
    let classes: Int
    /// `[true][predicted]`, row-major.
    private(set) var counts: [Int]

    /// Nil unless every sample has one class. The first of equal scores is the prediction.
    init?(_ folds: [Prediction]) {
        guard case .classes(let first) = folds.first?.truth, !first.isEmpty else { return nil }
        classes = (folds.first?.scores.count ?? 0) / first.count
        counts = Array(repeating: 0, count: classes * classes)
        for fold in folds {
            guard case .classes(let labels) = fold.truth, fold.scores.count == labels.count * classes else {
                return nil
            }
            for (row, label) in labels.enumerated() where 0..<classes ~= Int(label) {
                let scores = fold.scores[row * classes..<(row + 1) * classes]
                guard
                    let top = scores.indices.max(by: {
                        scores[$0] < scores[$1] || (scores[$0] == scores[$1] && $0 > $1)
                    })
                else { continue }
                counts[Int(label) * classes + top - row * classes] += 1
            }
        }
    }

    func sheet(title: String, names: [String]?) -> Sheet {
        let names = (0..<classes).map { index in names.flatMap { index < $0.count ? $0[index] : nil } ?? "\(index)" }
        guard classes > ClassEvidence.matrixClasses else {
            return Sheet(
                title: title, columns: [.text("class, predicted →")] + names.map { .number($0) },
                rows: names.indices.map { truth in
                    [names[truth]] + names.indices.map { "\(counts[truth * classes + $0])" }
                },
                notes: ["Samples of all test folds: a line for each true class, a column for each predicted one."])
        }
        let wrong = counts.indices.filter { $0 / classes != $0 % classes && counts[$0] > 0 }
            .sorted { (-counts[$0], $0) < (-counts[$1], $1) }
        let totals = names.indices.map { counts[$0 * classes..<($0 + 1) * classes].reduce(0, +) }
        let shown = wrong.prefix(ClassEvidence.listedConfusions)
        return Sheet(
            title: title,
            columns: [.text("class"), .text("taken for"), .number("samples"), .number("of the class, %")],
            rows: shown.map { place in
                let truth = place / classes
                return [
                    names[truth], names[place % classes], "\(counts[place])",
                    NumberFormat.fixed(100 * Double(counts[place]) / Double(max(1, totals[truth])), 1),
                ]
            },
            notes: ["The \(shown.count) most frequent of \(wrong.count) confusions, over all test folds."])
    }
}
