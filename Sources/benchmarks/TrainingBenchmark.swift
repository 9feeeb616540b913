import ArgumentParser
import Features
import Foundation
import Numerics
import Sweeps
import Synchronization
import Training
import Units

/// Measures whole passes on synthetic features, including selection and test.
struct TrainingBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "training", abstract: "Measure passes that train whole units on synthetic features.")

    @Option(help: "Counted repetitions of each measurement; the median is printed.")
    var runs = 5

    @Option(help: "Kernel paths to measure, by name; the best by default.")
    var paths: [KernelPath] = [.best()]

    @Option(help: "Threads of a pass.")
    var threads = 1

    @Option(help: "Cases to measure, by name: \(TrainingCase.names.joined(separator: ", ")). All by default.")
    var cases: [String] = TrainingCase.names

    @Option(help: "Megabytes that a pass may allocate.")
    var memory = 4000.0

    @Flag(help: "Print the components of the prediction.")
    var verbose = false

    @Option(help: "A folder for the features, which are kept for peers; by default they are removed.")
    var keep: String?

    func run() throws {
        let temporary = FileManager.default.temporaryDirectory.appending(path: "benchmark-\(UUID().uuidString)")
        let folder = keep.map { URL(filePath: $0) } ?? temporary
        defer { if keep == nil { try? FileManager.default.removeItem(at: folder) } }
        var sets: [TrainingCase.Features: FeatureSet] = [:]
        for benchmark in TrainingCase.all where cases.contains(benchmark.name) {
            let set =
                try sets[benchmark.features]
                ?? benchmark.features.write(
                    to: folder.appending(path: benchmark.features.rawValue).path)
            sets[benchmark.features] = set
            let layer = try set.layer(0)
            for path in paths { try measure(benchmark, layer, on: path) }
        }
    }

    private func measure(_ benchmark: TrainingCase, _ layer: LayerTokens, on path: KernelPath) throws {
        let (units, task) = (try benchmark.units(layer), benchmark.task(layer))
        ProcessMemory.returnLargeBlocks()
        // Before the passes, as a worker does.
        let model = CostModel.measure(kernel: path, threads: threads)
        let peak = threads == 1 ? peakGigamacs(path) : nil
        let memory = PeakMemory()
        defer { memory.end() }
        let refusals = Mutex<[String]>([])
        let work = Mutex(0.0)
        var callerSeconds: [Double] = []
        let timing = benchmarks.measure(runs: runs) {
            work.withLock { $0 = 0 }
            refusals.withLock { $0 = [] }
            let before = threadSeconds()
            defer { callerSeconds.append(threadSeconds() - before) }
            let pass = Pass(
                units: units, layer: layer, tasks: [task.name: task],
                settings: PassSettings(
                    threads: threads, kernel: path, memoryBudget: Int(self.memory * 1e6),
                    provenance: Provenance(
                        programVersion: "", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0,
                        attempt: 0, seconds: 0)))
            do throws(FeatureError) {
                try pass.run(
                    PassObserver(
                        finished: { outcome in
                            switch outcome {
                            case .trained(let unit): work.withLock { $0 += unit.result.trainingMACs }
                            case .failed(_, let error): refusals.withLock { $0.append("\(error)") }
                            }
                        }))
            } catch {
                refusals.withLock { $0.append("\(error)") }
            }
        }
        memory.end()
        let gigamacs = work.withLock { $0 } / 1e9
        print("\(benchmark.name), \(path.rawValue), \(threads) thread(s): \(benchmark.summary)")
        let refused = refusals.withLock { $0 }
        if let reason = refused.max() { print("  refused \(refused.count) of \(units.count) units; \(reason)") }
        line("  units", Double(units.count - refused.count), timing, "/s")
        if benchmark.showsSamples {
            line("  samples", Double(benchmark.epochs * benchmark.trainingRows(layer)), timing, "/s")
        }
        line("  arithmetic", gigamacs, timing, "GMAC/s")
        if let peak {
            let share = gigamacs / timing.processor / peak
            print(
                "  multiply's peak \(peak.rounded(to: 1)) GMAC/s:",
                "\((100 * share).rounded(to: 0)) % of it by processor time")
        }
        if threads > 1 {
            // What the threads do at once is at least what the caller does not do itself.
            let caller = callerSeconds.sorted()[callerSeconds.count / 2]
            print(
                "  \((timing.processor / caller).rounded(to: 2)) × one thread,",
                "by processor time of all to that of the caller")
        }
        let predicted = predictedSeconds(of: units, benchmark, layer, model)
        let taken = timing.processor / Double(threads)
        print("  predicted \(predicted.rounded(to: 2)) s, took \(taken.rounded(to: 2)) s of processor time a thread")
        print("  allocated at most \(memory.megabytes.rounded(to: 0)) MB of \(self.memory.rounded(to: 0)) MB")
    }

    /// The prediction of a plan for a pass: the sum over units, and the shared reading of tokens.
    private func predictedSeconds(
        of units: [ProbeUnit], _ benchmark: TrainingCase, _ layer: LayerTokens, _ model: CostModel
    ) -> Double {
        let tokens = TokenFacts(mean: benchmark.features.meanTokens, arePaired: layer.type == .bfloat16)
        let works = units.compactMap { UnitWork($0, samples: benchmark.samples, tokens: tokens) }
        if verbose { printTerms(works, model) }
        let attends = works.contains { $0[.coreVisits] + $0[.pairedVisits] > 0 }
        let share = Double(benchmark.samples) / Double(layer.samples)
        let bytes = Double(layer.bytes) * share * Double(1 + (attends ? benchmark.epochs : 0))
        var arena = UnitWork()
        arena.addArena(slots: works.reduce(0) { $0 + $1.slotBytes })
        return works.reduce(model.seconds(arena)) { $0 + model.seconds($1) } + bytes / model.reading
    }

    private func printTerms(_ works: [UnitWork], _ model: CostModel) {
        for kind in WorkKind.allCases {
            let (count, pace) = (works.reduce(0) { $0 + $1[kind] }, model.paces[kind] ?? 0)
            if count > 0 { print("    \(kind.rawValue): \(count) at \(pace) s, \((count * pace).rounded(to: 3)) s") }
        }
    }

    /// A rate by the wall clock, and in brackets by processor time, which a busy machine distorts less.
    private func line(_ name: String, _ amount: Double, _ timing: Timing, _ unit: String) {
        let (wall, processor) = (amount / timing.wall, amount / timing.processor)
        print("\(name): \(wall.rounded(to: 2)) (\(processor.rounded(to: 2))) \(unit)")
    }

    /// F32 products of 1536 × 1536 on one thread.
    private func peakGigamacs(_ path: KernelPath) -> Double {
        let size = 1536
        let matrices = (0..<3).map { _ in Matrix<Float>(rows: size, columns: size) }
        for matrix in matrices { matrix.fill(0.5) }
        let timing = benchmarks.measure(runs: runs) {
            multiply(matrices[0].view, matrices[1].view, into: matrices[2].view, on: path)
        }
        return Double(size * size * size) / 1e9 / timing.processor
    }
}
