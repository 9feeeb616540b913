extension ClassTable {
    private static let titles = [
        "task", "features", "layer", "probe", "D_o", "class", "name", "positives", "precision", "recall", "F1", "AP",
        "ROC-AUC",
    ]

    /// The table in a format, ending in a newline.
    package func rendered(as format: TableFormat) -> String {
        switch format {
        case .text: grid.text
        case .markdown: grid.markdown
        case .latex: grid.latex + "\n"
        case .csv: CSV.text([Self.titles] + rows.map { cells($0, RoundTripFormat.number) })
        case .json: sortedJSON(rows)
        }
    }

    private var grid: Grid {
        let isText: Set = ["task", "features", "probe", "name"]
        return Grid(
            title: "class by class, means over test folds",
            columns: Self.titles.map { TextTable.Column(title: $0, isLeft: isText.contains($0)) },
            rows: rows.map { cells($0) { NumberFormat.fixed($0) } })
    }

    private func cells(_ row: Row, _ number: (Double?) -> String) -> [String] {
        [
            row.task, row.features, "\(row.layer)", row.probe, "\(row.output)", "\(row.classIndex)", row.className,
            "\(row.positives)",
        ] + [row.precision, row.recall, row.f1, row.averagePrecision, row.areaUnderCurve].map(number)
    }
}
