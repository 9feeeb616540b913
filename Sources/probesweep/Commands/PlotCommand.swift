public import ArgumentParser
import Cluster
import Foundation
import Ledger
public import Reports

struct PlotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw a sweep's results against their cost or over layers, as SVG.")

    @Argument(help: "The sweep's name or number; of several with one name the latest.")
    var sweep: String

    @Option(help: "params, gflops or layer.")
    var against = ResultPlot.Axis.parameters

    @Option(help: "The layer that a cost plot shows; by default the best one.")
    var layer: Int?

    @Option(help: "The SVG file to write.")
    var output: String

    @OptionGroup var options: StateOptions

    func run() throws {
        let axis: CostAxis = against == .operations ? .operations : .parameters
        let table = try SweepTable.make(sweep, in: try LedgerReader.open(options.state), against: axis)
        try ResultPlot.svg(table, against: against, layer: layer)
            .write(to: URL(filePath: output), atomically: true, encoding: .utf8)
    }
}

extension ResultPlot.Axis: ExpressibleByArgument {}
