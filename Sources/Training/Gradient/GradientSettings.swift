import Units

/// Mini-batch training; a candidate is one (learning rate, weight decay) pair.
package struct GradientSettings: TrainingMethod {
    /// `lars`, `sgd` or `adamw`.
    package var optimizer: String
    package var momentum: Double
    /// AdamW's second-moment decay.
    package var beta2: Double
    /// LARS's trust coefficient η.
    package var trust: Double
    /// Base learning rates to choose from; the rate of a step is base × rows / 256 × schedule, rows being the number of
    /// rows of a batch that the unit trains on in expectation, B·(training share).
    package var learningRates: [Double]
    /// Weight decays to choose from.
    package var weightDecays: [Double]
    package var epochs: Int
    /// Epochs of linear warm-up before the schedule.
    package var warmup: Double
    /// `constant` for a rate that stays what it is after the warm-up; nil for half a cosine down to zero.
    package var schedule: String?
    /// B, samples of the task in a step, before the held-out rows are left out.
    package var batch: Int
    /// `fast`: each tensor in its own unit, and decayed as its method's source has it. Nil for the recipe `published`: one
    /// rate for all tensors, and decay of those with more than one axis.
    package var recipe: String?
    /// How samples are shuffled if a set is too large for random access; nil for an order drawn over all of them.
    package var shuffle: BlockShuffle?
    /// The least number of steps of the whole schedule: epochs of a small set go through its rows several times.
    package var minimumSteps: Int
    /// The most learning rates that the grid is extended by, one after the other, beyond an end that beats its
    /// neighbour.
    package var extend: Int

    package init(
        optimizer: String, momentum: Double, beta2: Double, trust: Double, learningRates: [Double],
        weightDecays: [Double], epochs: Int, warmup: Double, schedule: String? = nil, batch: Int, recipe: String? = nil,
        shuffle: BlockShuffle? = nil, minimumSteps: Int = 0, extend: Int = 0
    ) {
        self.optimizer = optimizer
        self.momentum = momentum
        self.beta2 = beta2
        self.trust = trust
        self.learningRates = learningRates
        self.weightDecays = weightDecays
        self.epochs = epochs
        self.warmup = warmup
        self.schedule = schedule
        self.batch = batch
        self.recipe = recipe
        self.shuffle = shuffle
        self.minimumSteps = minimumSteps
        self.extend = extend
    }
}

extension GradientSettings {
    private enum Member: String, CodingKey {
        case optimizer, momentum, beta2, trust, learningRates, weightDecays, epochs, warmup, batch, shuffle
        case recipe, minimumSteps, extend, schedule
    }

    /// Settings of units before version 3 have neither a recipe, nor a least number of steps, nor an extension; those before
    /// there was a choice of schedules have none.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        self.init(
            optimizer: try container.decode(String.self, forKey: .optimizer),
            momentum: try container.decode(Double.self, forKey: .momentum),
            beta2: try container.decode(Double.self, forKey: .beta2),
            trust: try container.decode(Double.self, forKey: .trust),
            learningRates: try container.decode([Double].self, forKey: .learningRates),
            weightDecays: try container.decode([Double].self, forKey: .weightDecays),
            epochs: try container.decode(Int.self, forKey: .epochs),
            warmup: try container.decode(Double.self, forKey: .warmup),
            schedule: try container.decodeIfPresent(String.self, forKey: .schedule),
            batch: try container.decode(Int.self, forKey: .batch),
            recipe: try container.decodeIfPresent(String.self, forKey: .recipe),
            shuffle: try container.decodeIfPresent(BlockShuffle.self, forKey: .shuffle),
            minimumSteps: try container.decodeIfPresent(Int.self, forKey: .minimumSteps) ?? 0,
            extend: try container.decodeIfPresent(Int.self, forKey: .extend) ?? 0)
    }
}

extension GradientSettings {
    /// The words of specifications.
    package enum Recipe: String, CaseIterable {
        case fast, published
    }

    /// The words of specifications.
    package enum RateSchedule: String, CaseIterable {
        case cosine, constant
    }

    package var isFast: Bool { recipe == Recipe.fast.rawValue }
    package var hasConstantRate: Bool { schedule == RateSchedule.constant.rawValue }
}

/// An order that reads pieces of a set sequentially: every epoch visits blocks of consecutive samples in random order,
/// and shuffles the samples of a window of some blocks together.
///
/// Samples of a batch then come from as many places of the set as the window has blocks. Both numbers change the
/// batches, and so the result.
package struct BlockShuffle: Codable, Hashable, Sendable {
    /// Samples of a block.
    package var block: Int
    /// Blocks of a window.
    package var window: Int

    package init(block: Int, window: Int) {
        self.block = block
        self.window = window
    }
}
