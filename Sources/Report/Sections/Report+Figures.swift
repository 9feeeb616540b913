import Results

extension Report {
    var cost: [Markup] {
        guard findings.contains(where: { $0.best != nil }) else { return [] }
        let drawn = table.drawn(
            tasks: ReportLimits.tasks, lines: ReportLimits.rows(ofTasks: table.blocks.count), over: nil)
        return CostAxis.allCases.map { axis in
            let what = axis == .parameters ? "trainable parameters" : "GFLOPs of the forward pass"
            return .figure(
                label: "Scores of probes against \(what); the tables have the same figures.",
                caption: ["Probes of each backbone against \(what).", drawn.note].compactMap { $0 }.joined(
                    separator: " ")
            ) { width throws(PlotError) in
                try CostGrid(drawn.table, against: axis, layout: FigureLayout(width: width)).svg()
            }
        }
    }

    var layers: [Markup] {
        let table = table.lines(over: .layer)
        guard !table.blocks.isEmpty else { return [] }
        let drawn = table.drawn(tasks: ReportLimits.tasks, lines: lines(of: table, over: .layer), over: .layer)
        let figure = Markup.figure(
            label: "Scores over relative depth; the tables below have the same figures.",
            caption: ["Probes over the layers of each backbone.", drawn.note].compactMap { $0 }.joined(separator: " ")
        ) { width throws(PlotError) in
            try DepthFigure(drawn.table, layout: FigureLayout(width: width)).svg()
        }
        return [figure] + curves(of: table, over: .layer)
    }

    var fewLabels: [Markup] {
        let table = table.lines(over: .shots)
        guard !table.blocks.isEmpty else { return [] }
        let drawn = table.drawn(tasks: ReportLimits.tasks, lines: lines(of: table, over: .shots), over: .shots)
        let figure = Markup.figure(
            label: "Scores against the samples trained on; the tables below have the same figures.",
            caption: ["Probes against the samples that they were trained on.", drawn.note].compactMap { $0 }
                .joined(separator: " ")
        ) { width throws(PlotError) in
            try ResultPlot.svg(drawn.table, against: .shots, width: width)
        }
        return [figure] + curves(of: table, over: .shots)
    }

    private func lines(of table: ResultTable, over axis: RowAxis) -> Int {
        let points = table.curves(over: axis).map(\.places.count).max() ?? 1
        return ReportLimits.lines(ofPoints: points, tasks: table.blocks.count)
    }

    private func curves(of table: ResultTable, over axis: RowAxis) -> [Markup] {
        let curves = table.curves(over: axis)
        return curves.prefix(ReportLimits.tasks).map { .table($0.sheet(curves: ReportLimits.curves)) }
            + Markup.leftOut(curves.count - ReportLimits.tasks, "table", "probesweep table has their rows.")
    }
}

extension Markup {
    /// A figure at both widths, or why there is none.
    static func figure(
        label: String, caption: String, _ draw: (FigureLayout.Width) throws(PlotError) -> String
    ) -> Markup {
        do throws(PlotError) {
            return .figure(wide: try draw(.page), narrow: try draw(.column), label: label, caption: caption)
        } catch {
            return .paragraph("\(caption) \(error)")
        }
    }
}
