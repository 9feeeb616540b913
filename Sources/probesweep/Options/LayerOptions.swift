import ArgumentParser
import Results

/// Whether each row is one layer, or the layer is a choice.
struct LayerOptions: ParsableArguments {
    @Option(help: "best: each probe of a feature set in one row, in each fold at the layer that its inner split chose.")
    var layers: LayerChoice?

    enum LayerChoice: String, CaseIterable, ExpressibleByArgument { case best }

    /// What must be read to choose.
    var fields: ResultFields { layers == nil ? [] : .innerScores }

    /// The table with the layers chosen, if that is asked for; rows that have nothing to choose by are reported.
    func choosing(in table: ResultTable) -> ResultTable {
        guard layers != nil else { return table }
        let chosen = table.atChosenLayers()
        for row in chosen.leftOut {
            Exit.complain("left out: \(row): there is no inner score of every layer on the same folds to choose by")
        }
        return chosen.table
    }
}
