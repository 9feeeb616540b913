import Probes
import Units

extension GradientSettings {
    /// Forward and backward over training rows, forward over validation rows, once an epoch for each candidate; a refit
    /// adds one training on the whole fold.
    package func trainingMACs(of unit: CostInputs, _ work: UnitWork) -> Double {
        let sizes = unit.sizes
        let candidates = Double(learningRates.count * weightDecays.count) * unit.innerFolds
        return rounds(samples: unit.samples)
            * (candidates * sizes.training * unit.both + unit.refits * sizes.fold * unit.both)
            + Double(epochs) * candidates * sizes.validation * unit.forward
            + (unit.refits > 0 ? sizes.fold : sizes.training) * unit.forward
    }

    /// Readings of the rows in all epochs together.
    private func rounds(samples: Int) -> Double {
        let size = Double(min(batch, max(1, samples)))
        let natural = Double(max(1, samples / min(batch, max(1, samples))))
        let steps = max(natural, (Double(minimumSteps) / Double(epochs)).rounded(.up))
        return Double(epochs) * steps * size / Double(max(1, samples))
    }

    package func work(of unit: CostInputs) -> UnitWork {
        let (probe, sizes, refit) = (unit.probe, unit.sizes, unit.refits)
        let heads = Double(learningRates.count * weightDecays.count) * unit.innerFolds
        let rounds = rounds(samples: unit.samples)
        let trained = rounds * (heads * sizes.training + refit * sizes.fold)
        let tested = sizes.test + (refit > 0 ? sizes.fold : sizes.training)
        let looked = Double(epochs) * heads * sizes.validation + tested
        let size = Double(min(batch, max(1, unit.samples)))
        let rows = max(1, sizes.training / Double(max(1, unit.samples)) * size)
        var work = UnitWork()
        work[.steps] = trained / rows
        work[.epochs] = Double(epochs) * (heads + refit)
        work.countCore(probe, trained: trained, looked: looked, unit.tokens)
        work.countProducts(probe, trained: trained, looked: looked, unit.tokens)
        work.countHead(probe, trained: trained, looked: looked)
        work.countScores(probe, looked: looked, tested: tested)
        let parameters = Double(probe.cost.parameters)
        work.slotBytes = heads * 4 * (size * Double(probe.slotWidth(areRounded: unit.tokens.arePaired)) + parameters)
        work[.moves] = work[.steps] * parameters
        // A step packs a head's matrices on the way forward and back, and writes their gradients.
        work[.packing] += (3 * work[.steps] + looked / size) * parameters
        let normal = probe.normalDraws
        work[.normalDraws] = (1 + refit) * normal
        work[.draws] = (1 + refit) * (parameters - normal)
        // Parameters with the optimiser's moments; candidates beside the first are copies.
        work[.touchedBytes] = 4 * parameters * (heads + refit) * (optimizer == "adamw" ? 3 : 2)
        return work
    }
}

extension UnitWork {
    fileprivate mutating func countCore(_ probe: any Probe, trained: Double, looked: Double, _ tokens: TokenFacts) {
        guard case .attention(let demand) = probe.reading else { return }
        let visits = Double(demand.queries * probe.shape.width) * (trained + looked / 2)
        self[tokens.arePaired ? .pairedVisits : .coreVisits] = visits
        self[tokens.arePaired ? .pairedTokens : .coreTokens] =
            visits * min(tokens.mean, Double(max(1, probe.shape.tokens.upperBound)))
    }

    /// Products in front of the head, and those elements of them that change from sample to sample.
    fileprivate mutating func countProducts(_ probe: any Probe, trained: Double, looked: Double, _ tokens: TokenFacts) {
        guard !probe.passesOn else { return }
        let head = Double(probe.outputWidth * probe.shape.classes)
        let reading = Double(max(probe.readingWidth, probe.outputWidth))
        var (core, fill) = (0.0, 1.0)
        if case .attention(let demand) = probe.reading {
            core = 2 * Double(demand.queries * probe.shape.width * max(1, probe.shape.chargedTokens))
            fill = Self.fill(Double(probe.outputWidth) / Double(max(1, demand.queries)))
        }
        let cost = probe.cost.executed
        let forward = max(0, Double(cost.forward) - core - head)
        let backward = max(0, Double(cost.backward) - core - 2 * head)
        self[.products] += (trained * (forward + backward) + looked * forward) * fill
        // What comes out of the core rounded is half as long.
        self[.readings] = (3 * trained + looked) * reading * (tokens.arePaired ? 0.5 : 1)
    }

    /// Batch norm, the linear layer and the loss. Linear heads on the same rows share norm and packing.
    fileprivate mutating func countHead(_ probe: any Probe, trained: Double, looked: Double) {
        let (width, classes) = (Double(probe.outputWidth), Double(probe.shape.classes))
        let isShared = probe.passesOn
        self[.products] +=
            trained * (isShared ? 2 : 3) * width * classes * (isShared ? 1 : Self.fill(classes))
            + looked * width * Self.fill(classes) * classes
        self[.packing] += trained * (3 * classes + (isShared ? 0.5 : 3) * width) + looked * (width + classes)
        self[.normed] = trained * (isShared ? 0.1 : 1) * width + looked / 3 * width
        self[.exponentials] = (trained + looked) * classes
        self[.softmaxRows] = trained + looked
    }
}

extension Probe {
    /// Whether the head reads the pooled vector itself, so that it alone is trained.
    fileprivate var passesOn: Bool {
        guard case .pooled = reading else { return false }
        return outputWidth == readingWidth && (self as? any GradientProbe)?.tensors.isEmpty ?? true
    }

    /// Elements that a sample takes while a head is at work: what it reads and its gradient, attention, output, logits.
    fileprivate func slotWidth(areRounded: Bool) -> Int {
        guard case .attention(let demand) = reading else { return 2 * outputWidth + shape.classes }
        let attention = demand.queries * shape.tokens.upperBound
        return (areRounded ? 1 : 2) * readingWidth + attention + 2 * outputWidth + shape.classes
    }

    /// Elements of its tensors whose first values are drawn from a normal distribution.
    fileprivate var normalDraws: Double {
        guard let probe = self as? any GradientProbe else { return 0 }
        return Double(probe.tensors.reduce(0) { $0 + ($1.initializer.isNormal ? $1.count : 0) })
    }
}
