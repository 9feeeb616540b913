import Results

extension Report {
    var choices: [Markup] {
        let sheets = findings.compactMap(\.choices).prefix(ReportLimits.listed)
        guard !sheets.isEmpty else { return [] }
        return sheets.map(Markup.table) + [
            .paragraph(
                "Choices were made on inner splits of each training fold; a value has the number of fits that chose it."
            )
        ]
    }

    var controls: [Markup] {
        let lines = table.sampleFindings + table.controlFindings
        guard !lines.isEmpty else { return [] }
        let rest = lines.count - ReportLimits.listed
        return [.list(Array(lines.prefix(ReportLimits.listed)))]
            + (rest > 0 ? [.paragraph("\(rest) more lines: probesweep table prints them.")] : [])
    }

    /// Class by class and class against class, where predictions were kept.
    var classByClass: [Markup] {
        guard let classes else { return [] }
        return classes.evidence.flatMap { found in
            [found.classes, found.confusions].compactMap { $0 }.map(Markup.table)
        } + (classes.missing.isEmpty ? [] : [.paragraph("Left out:"), .list(classes.missing)])
    }

    var marks: [Markup] {
        [
            .paragraph(
                "Small letters qualify a figure: how its heads were trained could overturn a verdict. Capitals inform."),
            .list(table.markMeanings),
        ]
    }
}
