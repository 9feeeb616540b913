import ArgumentParser

@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Measure this machine.",
        subcommands: [
            KernelBenchmark.self, PassBenchmark.self, TrainingBenchmark.self, LogisticBenchmark.self,
            ClusterBenchmark.self, NoOpWorker.self, UnauthenticatedPeers.self, LedgerBenchmark.self, LedgerStep.self,
            SchedulerBenchmark.self, CheckBenchmark.self, JournalBenchmark.self, PathBenchmark.self,
            StreamingBenchmark.self,
            StreamingStep.self, AttentionBenchmark.self,
        ])
}
