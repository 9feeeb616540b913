import ArgumentParser

@main
struct Benchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Measure this machine.",
        subcommands: [KernelBenchmark.self, PassBenchmark.self, TrainingBenchmark.self])
}
