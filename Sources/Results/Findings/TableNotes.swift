import Units

extension ResultTable {
    /// What controls say of rows, leakage alarms among it, a line each.
    package var controlFindings: [String] { controlNotes }

    /// What chance has and what samples were left out, a line for each task.
    package var sampleFindings: [String] { chanceNotes + droppedSamples }

    /// The signs of marks that occur, with their meaning and extent.
    package var markMeanings: [String] { markLegend }
}

extension ResultTable.Block {
    /// The task's metric as papers call it, with its unit.
    package var metricTitle: String { DisplayName.metricWithUnit(metric) }
}
