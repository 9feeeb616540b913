import Numerics
internal import Probes
public import Sweeps

/// Seconds that units take in a pass on this machine: counts of what training does, each divided by a measured rate.
///
/// A sample passes the attention core forward and backward in M·D·(token · T + visit) seconds; products, element-wise
/// work and optimisers go at rates of their own, all on one thread, and threads share all of it. Tokens are read once
/// an epoch by all units together. Logistic fits are taken to need a hundred evaluations for each penalty.
public struct CostModel: Codable, Hashable, Sendable {
    /// Seconds of the core for one token, query and dimension, forward and backward.
    public var token: Double
    /// Seconds of the core for one sample, query and dimension, forward and backward: what does not depend on T.
    public var visit: Double
    /// Multiply–accumulates a second of products in single and in double precision.
    public var products: Double
    public var doubleProducts: Double
    /// Bytes a second of element-wise work in the cache.
    public var elements: Double
    /// Bytes a second of reading tokens.
    public var reading: Double
    public var threads: Int

    /// Seconds of one unit without the reading of tokens, which it shares with its pass.
    ///
    /// - Parameters:
    ///   - samples: n of its task.
    ///   - meanTokens: T, the mean over samples.
    public func seconds(_ unit: Unit, samples: Int, meanTokens: Double) -> Double {
        guard let work = UnitWork(unit, samples: samples, meanTokens: meanTokens) else { return 0 }
        let core = work.queries * (token * work.tokens + visit * work.visits)
        let products = work.products / products + work.doubleProducts / doubleProducts
        return (core + products + work.bytes / elements) / Double(max(1, threads))
    }

    /// Seconds of a pass over one layer.
    ///
    /// - Parameter layerBytes: Of all tokens of the layer.
    public func seconds(_ units: [Unit], samples: Int, meanTokens: Double, layerBytes: Double) -> Double {
        // Pooled vectors come of one reading; attention reads all tokens every epoch.
        let epochs = units.map { unit in
            let work = UnitWork(unit, samples: samples, meanTokens: meanTokens)
            return work.map { $0.queries > 0 } == true ? Double(unit.solver.gradient?.epochs ?? 1) : 1
        }.max() ?? 0
        return units.reduce(epochs * layerBytes / reading) {
            $0 + seconds($1, samples: samples, meanTokens: meanTokens)
        }
    }
}

/// What one unit's training does, all candidates and epochs.
private struct UnitWork {
    /// M · D, and the samples and tokens that pass the core forward and backward.
    var queries = 0.0
    var visits = 0.0
    var tokens = 0.0
    var products = 0.0
    var doubleProducts = 0.0
    var bytes = 0.0

    /// Nil for a probe that does not exist.
    init?(_ unit: Unit, samples: Int, meanTokens: Double) {
        let test = Double(samples) / Double(max(2, unit.fold.count))
        let fold = Double(samples) - test
        let selection = unit.solver.selection
        let validation = fold * (selection.folds.map { 1 / Double($0) } ?? selection.fraction)
        let training = fold - validation
        let shape = ProbeShape(
            width: unit.features.width, tokens: 0...max(1, Int(meanTokens.rounded())), classes: unit.task.outputs,
            hasClassToken: true, trainingSamples: Int(fold))
        guard let probe = try? ProbeCatalog.probe(unit.probe, shape: shape) else { return nil }
        let (forward, backward) = (Double(probe.cost.executed.forward), Double(probe.cost.executed.backward))
        if let settings = unit.solver.gradient {
            let runs = Double(
                settings.learningRates.count * settings.weightDecays.count * settings.epochs * (selection.folds ?? 1))
            let refit = selection.trainsAgain ? Double(settings.epochs) * fold : 0
            let (trained, looked) = (runs * training + refit, runs * validation + test)
            var core = 0.0
            if case .attention(let demand) = probe.reading {
                queries = Double(demand.queries * unit.features.width)
                core = 2 * queries * meanTokens
                // Forward alone is half of the core's work.
                visits = trained + looked / 2
                tokens = visits * meanTokens
            }
            products = trained * (forward + backward - 2 * core) + looked * (forward - core)
            // Batch norm walks a row about eight times, softmax and its bias about six; AdamW moves seven words.
            let rowBytes = 4 * (8 * Double(probe.outputWidth) + 6 * Double(unit.task.outputs))
            let share = training / Double(samples) * Double(min(settings.batch, samples))
            bytes = (trained + looked) * rowBytes + trained / max(1, share) * 28 * Double(probe.cost.parameters)
        } else if let settings = unit.solver.logistic {
            doubleProducts = Double(settings.penalties.count * (selection.folds ?? 1)) * 100 * training * (forward + backward)
        } else {
            products = (validation + test) * fold * Double(probe.outputWidth)
        }
    }
}
