/// How a unit's head is trained and how its open choices are made. At most one of the members that name a method is
/// set; none where nothing is trained and nothing chosen.
package struct Solver: Codable, Hashable, Sendable {
    /// Mini-batch training by gradient: every probe with trainable pooling, and linear and MLP heads.
    package var gradient: GradientSettings?
    /// Multinomial logistic regression by L-BFGS on pooled features.
    package var logistic: LogisticSettings?
    /// Ridge regression and least squares in closed form on pooled features.
    package var ridge: RidgeSettings?
    /// k-NN: nothing is trained, k and temperature are chosen.
    package var neighbours: NeighbourSettings?
    /// The part of the training fold on which the open choices are made.
    package var selection: SelectionSettings
    /// `balanced`: the loss weighs each class, or the positives of each label, against their rarity in the training
    /// rows. Nil for equal weights.
    package var classWeights: String?

    package init(gradient: GradientSettings, selection: SelectionSettings) {
        self.gradient = gradient
        self.selection = selection
    }

    package init(logistic: LogisticSettings, selection: SelectionSettings) {
        self.logistic = logistic
        self.selection = selection
    }

    package init(ridge: RidgeSettings, selection: SelectionSettings) {
        self.ridge = ridge
        self.selection = selection
    }

    package init(neighbours: NeighbourSettings, selection: SelectionSettings) {
        self.neighbours = neighbours
        self.selection = selection
    }

    /// Nothing is trained. The selection is the default, whatever the sweep's: it does not affect the result.
    package static let nothing = Solver(selection: .standard)

    private init(selection: SelectionSettings) {
        self.selection = selection
    }
}

/// Mini-batch training; a candidate is one (learning rate, weight decay) pair.
package struct GradientSettings: Codable, Hashable, Sendable {
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
    /// Epochs of linear warm-up before the cosine.
    package var warmup: Double
    /// B, samples of the task in a step, before the held-out rows are left out.
    package var batch: Int
    /// How samples are shuffled if a set is too large for random access; nil for an order drawn over all of them.
    package var shuffle: BlockShuffle?

    package init(
        optimizer: String, momentum: Double, beta2: Double, trust: Double, learningRates: [Double],
        weightDecays: [Double], epochs: Int, warmup: Double, batch: Int, shuffle: BlockShuffle? = nil
    ) {
        self.optimizer = optimizer
        self.momentum = momentum
        self.beta2 = beta2
        self.trust = trust
        self.learningRates = learningRates
        self.weightDecays = weightDecays
        self.epochs = epochs
        self.warmup = warmup
        self.batch = batch
        self.shuffle = shuffle
    }
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

/// (1/n) Σ CE + (1/(2·C·n)) ‖W‖², intercept free, on standardised or raw pooled features.
package struct LogisticSettings: Codable, Hashable, Sendable {
    /// Inverse penalties C to choose from, fitted in increasing order with warm starts.
    package var penalties: [Double]
    package var maximumIterations: Int
    /// Largest absolute gradient entry at which the fit stops.
    package var tolerance: Double
    /// Largest decrease that the fit may still expect when it stops, as a share of the objective. A gradient may be
    /// small only because features are.
    package var gap: Double

    package init(penalties: [Double], maximumIterations: Int, tolerance: Double, gap: Double = 1e-5) {
        self.penalties = penalties
        self.maximumIterations = maximumIterations
        self.tolerance = tolerance
        self.gap = gap
    }
}

/// ‖Y − XW − b‖² + α‖W‖², intercepts free, on raw pooled features; classes and labels as ±1.
package struct RidgeSettings: Codable, Hashable, Sendable {
    /// Penalties α to choose from; 0 is least squares, with the minimum-norm solution.
    package var penalties: [Double]

    package init(penalties: [Double]) {
        self.penalties = penalties
    }
}

/// Weighted vote of the k nearest training samples, weight exp(similarity / temperature).
package struct NeighbourSettings: Codable, Hashable, Sendable {
    package var neighbours: [Int]
    package var temperatures: [Double]
    /// `cosine` or `inner`.
    package var similarity: String

    package init(neighbours: [Int], temperatures: [Double], similarity: String) {
        self.neighbours = neighbours
        self.temperatures = temperatures
        self.similarity = similarity
    }
}

/// Choices are made on an inner split, or inner folds, of the training fold and never see the test fold, unless the
/// published protocol is requested.
package struct SelectionSettings: Codable, Hashable, Sendable {
    /// Share of the training fold that is held back for choosing, in the same manner (strata, groups) as the folds.
    package var fraction: Double
    /// Whether the chosen candidate is trained again on the whole training fold before it is tested.
    package var refit: Bool
    /// J, inner folds over which a candidate's scores are averaged; the chosen one is always trained again on the whole
    /// training fold. Nil for one inner split.
    package var folds: Int?
    /// `published`: every candidate trains on the whole training fold, and the best epoch on the test fold is taken, as
    /// the literature does. The result is optimistic. Nil for the honest protocol.
    package var `protocol`: String?

    package init(fraction: Double, refit: Bool, folds: Int? = nil, protocol name: String? = nil) {
        self.fraction = fraction
        self.refit = refit
        self.folds = folds
        self.protocol = name
    }

    /// One inner split of a tenth, without a refit.
    package static let standard = SelectionSettings(fraction: 0.1, refit: false)

    /// Whether the test fold itself made the choices.
    package var isOptimistic: Bool { `protocol` == "published" }

    /// Whether the tested head is trained anew after the choice.
    package var trainsAgain: Bool { !isOptimistic && (refit || folds != nil) }
}
