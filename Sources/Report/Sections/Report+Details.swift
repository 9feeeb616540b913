import Results

extension Report {
    var choices: [Markup] {
        let sheets = findings.compactMap(\.choices)
        guard !sheets.isEmpty else { return [] }
        let note =
            "Choices were made on inner splits of each training fold; a value has the number of fits that chose it."
        return sheets.prefix(ReportLimits.listed).map(Markup.table) + [.paragraph(note)]
            + Markup.leftOut(
                sheets.count - ReportLimits.listed, "task", "probesweep table --choices shows what was chosen.")
    }

    var controls: [Markup] {
        let lines = table.chanceNotes + table.droppedSamples + table.controlNotes
        guard !lines.isEmpty else { return [] }
        return [.list(Array(lines.prefix(ReportLimits.listed)))]
            + Markup.leftOut(lines.count - ReportLimits.listed, "line", "probesweep table prints them.")
    }

    /// Class by class and class against class, where predictions were kept.
    var classByClass: [Markup] {
        guard let classes else { return [] }
        return classes.evidence.flatMap { found in
            [found.classes, found.confusions].compactMap { $0 }.map(Markup.table)
        } + (classes.missing.isEmpty ? [] : [.paragraph("Left out:"), .list(classes.missing)])
            + Markup.leftOut(
                classes.tasksLeftOut, "task", "probesweep rescore --per-class prints the classes of every row.")
    }

    var marks: [Markup] {
        [
            .paragraph(
                "Small letters qualify a figure: how its heads were trained could overturn a verdict. Capitals inform."),
            .list(table.markLegend),
        ]
    }
}
