import Numerics
import Probes
import Units

extension GradientSettings: PassMethod, ExtendableMethod {
    package static var name: String? { "gradient" }
    package static var section: String? { "training" }
    package static var standard: GradientSettings { standard(optimizer: OptimizerCatalog.names[0]) }

    /// The literature's recipe (LARS, base rate 0.1, batch 4096, 90 epochs, 10 of them warm-up) takes 28,000 steps on
    /// ImageNet; on the few thousand samples of most probing sets it takes a hundred, and trains nothing. The defaults
    /// are therefore CAPI's, shortened: AdamW, learning rates a factor √10 apart of which the inner split chooses one,
    /// and 20 epochs of batches of 256, the best of which the inner split chooses as well. `sweeps/published.yaml` has
    /// the literature's.
    ///
    /// Learning rates and weight decays are of the size that each optimiser takes: LARS scales by ‖p‖/‖g‖ and SGD by
    /// nothing, so both take the literature's 0.1 as their centre and no decay; AdamW's steps have unit size.
    package static func standard(optimizer: String) -> GradientSettings {
        let isAdaptive = optimizer == "adamw"
        return GradientSettings(
            optimizer: optimizer, momentum: 0.9, beta2: isAdaptive ? 0.999 : 0, trust: optimizer == "lars" ? 0.001 : 0,
            learningRates: isAdaptive ? [0.001, 0.003, 0.01, 0.03, 0.1, 0.3] : [0.01, 0.03, 0.1, 0.3, 1, 3],
            weightDecays: isAdaptive ? [0.05] : [0], epochs: 20, warmup: 2, batch: 256,
            recipe: isAdaptive ? Recipe.fast.rawValue : nil, minimumSteps: 500, extend: 3)
    }

    package static func findsHeads(of probe: String) -> Bool {
        (try? ProbeCatalog.type(named: probe)) is any GradientProbe.Type
    }

    package static var usesSeed: Bool { true }

    package var fixed: GradientSettings {
        var settings = unextended
        (settings.learningRates, settings.weightDecays) = (learningRates.middle, weightDecays.middle)
        return settings
    }

    package var tokenReading: TokenReading? {
        TokenReading(batch: batch, epochs: epochs, isInBlocks: shuffle != nil)
    }

    /// Streams of units that see the same batches, each cut into parts whose heads fit into memory together.
    static func train(_ units: [GradientUnit], _ context: PassContext) {
        for stream in GradientGroup.streams(of: units) {
            for (units, memory) in GroupFootprint.parts(of: stream, context) {
                // A separate core for each part, since the memory that it keeps is as large as the part needs.
                let core = AttentionCore<Float>(path: context.path, threads: context.threads)
                let free = context.freeMemory - memory.kept - memory.saving
                GroupTraining(
                    stream, units: units, core: core, context: context,
                    limit: min(free, Int(UnitWork.largestArena)) / MemoryLayout<Float>.size
                ).run()
                ProcessMemory.returnFreed()
            }
        }
    }
}

// MARK: Specifications

extension GradientSettings {
    package init(reading section: inout some SettingsReader, standard: GradientSettings) {
        let optimizer = section.text("optimizer", default: standard.optimizer, among: OptimizerCatalog.names)
        // Rates of one optimiser mean nothing to another, so another one starts from its own defaults.
        var base = optimizer == standard.optimizer ? standard : Self.standard(optimizer: optimizer)
        if optimizer != standard.optimizer {
            (base.epochs, base.warmup, base.batch) = (standard.epochs, standard.warmup, standard.batch)
            (base.shuffle, base.minimumSteps, base.extend) = (standard.shuffle, standard.minimumSteps, standard.extend)
            base.schedule = standard.schedule
        }
        let unbounded = Double.greatestFiniteMagnitude
        let epochs = section.integer("epochs", default: base.epochs, in: 1...1_000_000)
        // A warm-up that nobody asked for with these epochs shrinks below them.
        if base.warmup >= Double(epochs) { base.warmup = Double(epochs - 1) }
        self.init(
            optimizer: optimizer,
            momentum: section.number("momentum", default: base.momentum, in: 0...0.9999),
            beta2: section.number("beta2", default: base.beta2, in: 0...0.99999),
            trust: section.number("trust", default: base.trust, in: 0...1),
            // Sorted: the order in which a user writes candidates must not distinguish equal units.
            learningRates: section.numbers("learning-rates", default: base.learningRates, in: 0...unbounded).sorted(),
            weightDecays: section.numbers("weight-decays", default: base.weightDecays, in: 0...unbounded).sorted(),
            epochs: epochs,
            warmup: section.number("warmup", default: base.warmup, in: 0...1_000_000),
            schedule: Self.readSchedule(&section, standard: base.schedule),
            batch: section.integer("batch", default: base.batch, in: 1...1_000_000),
            recipe: Self.readRecipe(&section, standard: base.recipe),
            shuffle: BlockShuffle.read(&section, standard: base.shuffle),
            minimumSteps: section.integer("minimum-steps", default: base.minimumSteps, in: 0...10_000_000),
            extend: section.integer("extend", default: base.extend, in: 0...10))
        if warmup >= Double(epochs) {
            section.report(
                "warmup", "leaves no epoch after the warm-up: \(warmup) of \(epochs).",
                remedy: "Give fewer epochs of warm-up than epochs.")
        }
        // 0 for what the optimiser never reads, so that it cannot distinguish equal units.
        if optimizer != "adamw" { beta2 = 0 }
        if optimizer != "lars" { trust = 0 }
    }

    private static func readRecipe(_ section: inout some SettingsReader, standard: String?) -> String? {
        let recipe = section.text(
            "recipe", default: standard ?? Recipe.published.rawValue, among: Recipe.allCases.map(\.rawValue))
        return recipe == Recipe.published.rawValue ? nil : recipe
    }

    private static func readSchedule(_ section: inout some SettingsReader, standard: String?) -> String? {
        let schedule = section.text(
            "schedule", default: standard ?? RateSchedule.cosine.rawValue, among: RateSchedule.allCases.map(\.rawValue))
        return schedule == RateSchedule.cosine.rawValue ? nil : schedule
    }

    /// Only what the optimiser reads.
    package var fields: [SettingsField] {
        var fields = [SettingsField("optimizer", .text(optimizer)), SettingsField("momentum", .number(momentum))]
        if optimizer == "adamw" { fields.append(SettingsField("beta2", .number(beta2))) }
        if optimizer == "lars" { fields.append(SettingsField("trust", .number(trust))) }
        return fields + [
            SettingsField("learning-rates", .numbers(learningRates)),
            SettingsField("weight-decays", .numbers(weightDecays)), SettingsField("epochs", .integer(epochs)),
            SettingsField("warmup", .number(warmup)),
            SettingsField("schedule", .text(schedule ?? RateSchedule.cosine.rawValue)),
            SettingsField("batch", .integer(batch)),
            SettingsField("recipe", .text(recipe ?? Recipe.published.rawValue)),
            SettingsField("minimum-steps", .integer(minimumSteps)), SettingsField("extend", .integer(extend)),
            SettingsField("shuffle", shuffle.map { .section($0.fields) } ?? .text("samples")),
        ]
    }
}

extension BlockShuffle {
    /// 1,024 samples in a window: four batches of 256, each of them from sixteen places.
    package static let standard = BlockShuffle(block: 64, window: 16)

    /// The word `samples`, or a mapping of block and window.
    fileprivate static func read(_ section: inout some SettingsReader, standard: BlockShuffle?) -> BlockShuffle? {
        guard let form = section.field(named: "shuffle") else { return standard }
        if form == .word("samples") { return nil }
        var blocks = section.section("shuffle")
        let base = standard ?? .standard
        let shuffle = BlockShuffle(
            block: blocks.integer("block", default: base.block, in: 1...1_000_000),
            window: blocks.integer("window", default: base.window, in: 1...1_000_000))
        blocks.finish()
        return shuffle
    }

    fileprivate var fields: [SettingsField] {
        [SettingsField("block", .integer(block)), SettingsField("window", .integer(window))]
    }
}
