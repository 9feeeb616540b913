import Units
import Yams

/// The settings of the training methods, for the whole sweep or as one probe entry overrides them.
///
/// Lists of candidates are sorted: the order in which a user writes them must not distinguish equal units.
struct MethodDefaults {
    var gradient: GradientSettings
    var logistic: LogisticSettings
    var ridge: RidgeSettings
    var neighbours: NeighbourSettings

    /// Reads the sections `training`, `logistic`, `ridge` and `knn` of a specification.
    init(reading top: inout SpecificationSection) {
        gradient = TrainingDefaults.gradient(optimizer: TrainingDefaults.optimizers[0])
        logistic = TrainingDefaults.logistic
        ridge = TrainingDefaults.ridge
        neighbours = TrainingDefaults.neighbours
        override(reading: &top)
    }

    /// Reads the same sections of a probe entry, whose fields default to the sweep's.
    mutating func override(reading entry: inout SpecificationSection) {
        gradient = Self.gradient(entry.section("training"), standard: gradient)
        logistic = Self.logistic(entry.section("logistic"), standard: logistic)
        ridge = Self.ridge(entry.section("ridge"), standard: ridge)
        neighbours = Self.neighbours(entry.section("knn"), standard: neighbours)
    }

    private static func gradient(_ section: SpecificationSection, standard: GradientSettings) -> GradientSettings {
        var section = section
        let optimizer = section.text(
            "optimizer", default: standard.optimizer, among: TrainingDefaults.optimizers)
        // Rates of one optimiser mean nothing to another, so another one starts from its own defaults.
        var base = optimizer == standard.optimizer ? standard : TrainingDefaults.gradient(optimizer: optimizer)
        if optimizer != standard.optimizer {
            (base.epochs, base.warmup, base.batch) = (standard.epochs, standard.warmup, standard.batch)
            base.shuffle = standard.shuffle
        }
        let unbounded = Double.greatestFiniteMagnitude
        let settings = GradientSettings(
            optimizer: optimizer,
            momentum: section.number("momentum", default: base.momentum, in: 0...0.9999),
            beta2: section.number("beta2", default: base.beta2, in: 0...0.99999),
            trust: section.number("trust", default: base.trust, in: 0...1),
            learningRates: section.numbers("learning-rates", default: base.learningRates, in: 0...unbounded).sorted(),
            weightDecays: section.numbers("weight-decays", default: base.weightDecays, in: 0...unbounded).sorted(),
            epochs: section.integer("epochs", default: base.epochs, in: 1...1_000_000),
            warmup: section.number("warmup", default: base.warmup, in: 0...1_000_000),
            batch: section.integer("batch", default: base.batch, in: 1...1_000_000),
            shuffle: shuffle(&section, standard: base.shuffle))
        if settings.warmup >= Double(settings.epochs) {
            section.reading.report(
                section.field("warmup"), section.node("warmup"),
                "leaves no epoch after the warm-up: \(settings.warmup) of \(settings.epochs).",
                remedy: "Give fewer epochs of warm-up than epochs.")
        }
        section.finish()
        return settings.withoutWhatDoesNotApply
    }

    /// The word `samples`, or a mapping of block and window.
    private static func shuffle(_ section: inout SpecificationSection, standard: BlockShuffle?) -> BlockShuffle? {
        guard let node = section.node("shuffle") else { return standard }
        if node.scalar?.string == "samples" { return nil }
        var blocks = section.section("shuffle")
        let base = standard ?? TrainingDefaults.shuffle
        let shuffle = BlockShuffle(
            block: blocks.integer("block", default: base.block, in: 1...1_000_000),
            window: blocks.integer("window", default: base.window, in: 1...1_000_000))
        blocks.finish()
        return shuffle
    }

    private static func logistic(_ section: SpecificationSection, standard: LogisticSettings) -> LogisticSettings {
        var section = section
        let settings = LogisticSettings(
            penalties: section.numbers("penalties", default: standard.penalties, in: 1e-12...1e12).sorted(),
            maximumIterations: section.integer(
                "iterations", default: standard.maximumIterations, in: 1...1_000_000),
            tolerance: section.number("tolerance", default: standard.tolerance, in: 1e-15...1),
            gap: section.number("gap", default: standard.gap, in: 1e-15...1))
        section.finish()
        return settings
    }

    private static func ridge(_ section: SpecificationSection, standard: RidgeSettings) -> RidgeSettings {
        var section = section
        let settings = RidgeSettings(
            penalties: section.numbers("penalties", default: standard.penalties, in: 0...1e12).sorted())
        section.finish()
        return settings
    }

    private static func neighbours(_ section: SpecificationSection, standard: NeighbourSettings) -> NeighbourSettings {
        var section = section
        let settings = NeighbourSettings(
            neighbours: section.integers("neighbours", default: standard.neighbours, in: 1...1_000_000).sorted(),
            temperatures: section.numbers("temperatures", default: standard.temperatures, in: 1e-6...1e6).sorted(),
            similarity: section.text(
                "similarity", default: standard.similarity, among: TrainingDefaults.similarities))
        section.finish()
        return settings
    }
}

extension GradientSettings {
    /// The same settings with 0 for what the optimiser never reads, so that it cannot distinguish equal units.
    var withoutWhatDoesNotApply: GradientSettings {
        var settings = self
        if optimizer != "adamw" { settings.beta2 = 0 }
        if optimizer != "lars" { settings.trust = 0 }
        return settings
    }
}
