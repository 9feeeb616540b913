import ArgumentParser
import Cluster
import Features
import Identities
import Numerics
import Results
import Sweeps
import Synchronization
import Training
import Units

/// Runs one sweep on every kernel path, and compares the tables in units of the portable path's standard error.
struct PathBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paths",
        abstract: "Train a sweep on every kernel path and compare each table with the portable one.")

    @Argument(help: "The sweep's specification, a YAML file.")
    var specification: String

    @Option(help: "Kernel paths to compare with the portable one, by name; all that this machine can run by default.")
    var paths: [KernelPath] = KernelPath.available

    @Option(help: "Threads of a pass.")
    var threads = 1

    /// A row's mean over folds, and the standard error s/√n of that mean.
    private struct RowMean {
        let name: String
        let mean: Double
        let error: Double
    }

    func run() throws {
        let plan = try SweepSource.read(specification).plan()
        let reference = try rowMeans(of: plan, on: .portable)
        print("\(plan.unitCount) units, \(reference.count) rows; distances in standard errors of the portable path")
        for path in paths where path != .portable {
            let pairs = zip(reference, try rowMeans(of: plan, on: path)).map { ($0, $1, Self.distance($0, $1)) }
            let within = pairs.count { $0.2 <= 1 }
            guard let far = pairs.max(by: { $0.2 < $1.2 }) else { continue }
            let mean = pairs.reduce(0) { $0 + $1.2 } / Double(pairs.count)
            print(
                """
                \(path.rawValue): \(within) of \(pairs.count) rows within one, mean \(mean.rounded(to: 3)), \
                largest \(far.2.rounded(to: 3)): \(far.0.name), \(far.1.mean.rounded(to: 4)) against \
                \(far.0.mean.rounded(to: 4)) ± \(far.0.error.rounded(to: 4))
                """)
        }
    }

    private static func distance(_ portable: RowMean, _ other: RowMean) -> Double {
        let difference = abs(portable.mean - other.mean)
        return difference == 0 ? 0 : difference / portable.error
    }

    /// Every row of the sweep's table, in its order.
    private func rowMeans(of plan: Plan, on path: KernelPath) throws -> [RowMean] {
        let cells = try plan.passes.flatMap { try train($0, on: path) }
        // Sorted by name, since a table's order may depend on its results.
        return ResultTable.make(cells, against: .parameters).blocks.flatMap { block in
            block.rows.compactMap { row in
                guard let estimate = row.estimate, let deviation = estimate.deviation else { return nil }
                return RowMean(
                    name: "\(block.task), \(row.label), layer \(row.unit.features.layer)", mean: estimate.mean,
                    error: deviation / Double(row.foldsDone).squareRoot())
            }
        }.sorted { $0.name < $1.name }
    }

    private func train(_ planned: PlannedPass, on path: KernelPath) throws -> [ResultCell] {
        let set = try FeatureSet.open(planned.folder)
        let units = planned.units.map(\.unit)
        var tasks: [String: FeatureTask] = [:]
        for name in Set(units.map(\.task.name)) { tasks[name] = try set.task(name) }
        let earlier = units.compactMap(\.earlierLayers).max { $0.count < $1.count } ?? []
        var weights: [String: FeatureWeights] = [:]
        for reference in Set(units.compactMap(\.weights)) { weights[reference.name] = try set.weights(reference.name) }
        let pass = Pass(
            units: units, layer: try set.layer(planned.layer.layer), tasks: tasks,
            settings: PassSettings(
                threads: threads, kernel: path, memoryBudget: 4_000_000_000,
                provenance: Provenance(
                    programVersion: "", kernelPath: "", host: "", worker: "", threads: 0, blasThreads: 0, attempt: 0,
                    seconds: 0)),
            earlierLayers: try earlier.map { try set.layer($0.layer) }, weights: weights)
        let results = Mutex<[UnitKey: UnitResult]>([:])
        let failure = Mutex<TrainingError?>(nil)
        try pass.run(
            PassObserver(finished: { outcome in
                switch outcome {
                case .trained(let unit): results.withLock { $0[unit.result.key] = unit.result }
                case .failed(_, let error): failure.withLock { $0 = error }
                }
            }))
        if let error = failure.withLock({ $0 }) { throw error }
        return results.withLock { results in units.map { ResultCell(unit: $0, result: results[$0.key]) } }
    }
}
