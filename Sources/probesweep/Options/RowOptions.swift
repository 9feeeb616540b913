import ArgumentParser
import Results

/// Selects rows of a sweep's table.
struct RowOptions: ParsableArguments {
    @Option(name: .customLong("features"), help: "Only this feature set, by its name in tables; may be repeated.")
    var features: [String] = []

    @Option(name: .customLong("task"), help: "Only this task; may be repeated.")
    var tasks: [String] = []

    @Option(name: .customLong("layer"), help: "Only this layer; may be repeated.")
    var layers: [Int] = []

    @Option(name: .customLong("probe"), help: "Only this probe, by label or type; may be repeated.")
    var probes: [String] = []

    @Option(name: .customLong("output-dim"), help: "Only this output dimensionality; may be repeated.")
    var outputs: [Int] = []

    var selection: RowSelection {
        RowSelection(features: features, tasks: tasks, layers: layers, probes: probes, outputs: outputs)
    }
}
