import ArgumentParser
import Results

/// Which rows of a sweep's table a command is about.
struct RowOptions: ParsableArguments {
    @Option(name: .customLong("task"), help: "Only this task; may be given several times.")
    var tasks: [String] = []

    @Option(name: .customLong("layer"), help: "Only this layer; may be given several times.")
    var layers: [Int] = []

    @Option(name: .customLong("probe"), help: "Only this probe, by label or type; may be given several times.")
    var probes: [String] = []

    @Option(name: .customLong("output-dim"), help: "Only this output dimensionality; may be given several times.")
    var outputs: [Int] = []

    var selection: RowSelection {
        RowSelection(tasks: tasks, layers: layers, probes: probes, outputs: outputs)
    }
}
