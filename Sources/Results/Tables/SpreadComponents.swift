/// The variance of a row's scores split by where it comes from: folds, draws of a low-shot row, and seeds.
///
/// A random-effects model y_fds = μ + F_f + D_fd + S_fds with draws within folds and seeds within draws, since random
/// numbers are keyed by the unit, which fold, draw and seed are part of. Its components by the method of moments
/// (Henderson's method 1 for balanced data), with S seeds a draw and D draws a fold:
///
///     σ²_S = mean over folds and draws of the variance over seeds
///     σ²_D = mean over folds of the variance over draws of their means − σ²_S / S
///     σ²_F = variance over folds of their means − (mean over folds of the variance over draws) / D
///
/// A component that comes out negative is 0. Without draws seeds lie within folds; with draws of one seed each, what
/// seeds do is part of what draws do.
package struct SpreadComponents: Codable, Hashable, Sendable {
    /// Standard deviations, √ of the components; nil where there is one fold, draw or seed alone.
    package let fold: Double?
    package let draw: Double?
    package let seed: Double?
    /// The largest of the three.
    package let dominant: Source

    package enum Source: String, Codable, CaseIterable, Sendable {
        case fold, draw, seed
    }

    /// - Parameters:
    ///   - scores: `[folds][draws][seeds]`, with as many draws in every fold and seeds in every draw.
    ///   - haveDraws: whether the second level are draws; otherwise each fold has a single one.
    /// - Returns: Nil where no fold has two scores.
    package init?(_ scores: [[[Double]]], haveDraws: Bool) {
        guard let draws = scores.first?.count, let seeds = scores.first?.first?.count,
            scores.allSatisfy({ $0.count == draws && $0.allSatisfy { $0.count == seeds } }), draws * seeds > 1
        else { return nil }
        let drawMeans = scores.map { $0.map(average) }
        let ofSeeds = average(scores.flatMap { $0.compactMap(variance) })
        let ofDraws = average(drawMeans.compactMap(variance))
        let ofFolds = variance(drawMeans.map(average))
        let withinFold = draws > 1 ? ofDraws / Double(draws) : ofSeeds / Double(seeds)
        func deviation(_ component: Double) -> Double { max(0, component).squareRoot() }
        fold = ofFolds.map { deviation($0 - withinFold) }
        draw = haveDraws && draws > 1 ? deviation(ofDraws - (seeds > 1 ? ofSeeds / Double(seeds) : 0)) : nil
        seed = seeds > 1 ? deviation(ofSeeds) : nil
        let parts: [(Source, Double)] = [(.fold, fold ?? -1), (.draw, draw ?? -1), (.seed, seed ?? -1)]
        dominant = parts.max { $0.1 < $1.1 }?.0 ?? .fold
    }

    /// The components that exist, the largest first.
    package var descending: [(source: Source, deviation: Double)] {
        [(Source.fold, fold), (.draw, draw), (.seed, seed)].compactMap { source, deviation in
            deviation.map { (source: source, deviation: $0) }
        }.sorted { $0.deviation > $1.deviation }
    }
}

/// 0 for no values.
private func average(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}

/// The sample variance; nil for fewer than two values.
private func variance(_ values: [Double]) -> Double? {
    guard values.count > 1 else { return nil }
    let mean = average(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
}
