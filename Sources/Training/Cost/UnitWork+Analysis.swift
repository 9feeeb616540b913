import Probes
import Units

extension UnitWork {
    /// What the analysis of a unit's head takes on top of its training: the test fold is read four times, and the head is
    /// evaluated again for every ablation. No work for a probe without maps. Boxes and masks are not counted.
    init(analysing unit: CostInputs) {
        self.init()
        let probe = unit.probe
        guard let predictors = AttentionReader.predictors(of: probe) else { return }
        let (rows, count) = (unit.sizes.test, Double(predictors))
        // The head as it is, twice; all maps replaced; each one alone in five ways.
        let evaluations = 3 + 5 * count
        let classes = Double(probe.shape.classes)
        self[.scores] = 2 * rows * evaluations * classes
        let forward = Double(probe.cost.executed.forward)
        guard case .attention(let demand) = probe.reading else {
            let head = Double(probe.outputWidth) * classes
            self[.products] = rows * (4 * forward + evaluations * (head + count * Double(probe.shape.width)))
            return
        }
        let tokens = min(unit.tokens.mean, Double(max(1, probe.shape.tokens.upperBound)))
        // Own maps in each reading; in two of them uniform ones, in one those of the mean map and of another sample.
        // Forward alone counts half.
        let visits = rows * (6 * count + 2) * Double(probe.shape.width) / 2
        self[unit.tokens.arePaired ? .pairedVisits : .coreVisits] = visits
        self[unit.tokens.arePaired ? .pairedTokens : .coreTokens] = visits * tokens
        let core = 2 * Double(demand.queries * probe.shape.width * max(1, probe.shape.chargedTokens))
        // Where every query makes a chunk of the output of its own, an ablation takes the products of one chunk.
        let isSeparate = (probe as? any GradientProbe)?.separatesQueries ?? false
        let whole = isSeparate ? 5 + evaluations / count : evaluations
        self[.products] = rows * whole * max(0, forward - core)
    }
}

extension UnitCost {
    /// With the analysis of the unit's head.
    package var withAnalysis: UnitCost {
        var cost = self
        cost.work.add(analysis, times: 1)
        return cost
    }
}
