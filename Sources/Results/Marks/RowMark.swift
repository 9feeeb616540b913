/// What is to be known of a row beside its figures: how its heads were trained, and what its test folds say.
package struct RowMark: Codable, Hashable, Sendable {
    package let kind: Kind
    /// In how many of the row's folds (draws and seeds counted singly) it holds.
    package let folds: Int
    /// Of how many that are done.
    package let of: Int
    /// Which choice, which end, how many rows; empty where there is nothing to add.
    package let detail: String

    package init(_ kind: Kind, folds: Int, of count: Int, detail: String = "") {
        self.kind = kind
        self.folds = folds
        self.of = count
        self.detail = detail
    }

    package enum Kind: String, Codable, CaseIterable, Sendable {
        // Diagnostics of training, which qualify a verdict.
        case gridEdge = "grid edge"
        case lastEpoch = "last epoch"
        case fewSteps = "few steps"
        case cutOff = "cut off"
        case fewInnerRows = "few inner rows"
        // What training says beside that.
        case undefinedInside = "chosen by the loss"
        case diverged = "diverged"
        case extended = "extended grid"
        // Observations on the test figure, which never alter a test.
        case undefined = "undefined"
        case nearChance = "near chance"
        case farBelow = "far below"
        case fewPositives = "few positives"
        case fitsTraining = "fits its training fold"
        case control = "control"
        case leakage = "leakage alarm"
    }
}

extension RowMark.Kind {
    /// What stands in the column of marks: small letters qualify a verdict, capitals inform.
    var sign: String {
        switch self {
        case .gridEdge: "e"
        case .lastEpoch: "l"
        case .fewSteps: "s"
        case .cutOff: "c"
        case .fewInnerRows: "i"
        case .undefinedInside: "L"
        case .diverged: "D"
        case .extended: "X"
        case .undefined: "U"
        case .nearChance: "N"
        case .farBelow: "B"
        case .fewPositives: "P"
        case .fitsTraining: "F"
        case .control: "C"
        case .leakage: "A"
        }
    }

    /// The sign in words.
    var meaning: String {
        switch self {
        case .gridEdge: "a choice at an end of its grid"
        case .lastEpoch: "the last epochs still lowered the inner loss"
        case .fewSteps: "fewer than \(RowMark.fewSteps) training steps"
        case .cutOff: "a fit ended by its bound, not by its tolerance"
        case .fewInnerRows: "chosen on few inner rows"
        case .undefinedInside: "chosen by the loss, as the metric has no value on the inner rows"
        case .diverged: "candidates diverged"
        case .extended: "the grid was extended"
        case .undefined: "the metric has no value on a test fold"
        case .nearChance: "the interval covers chance"
        case .farBelow: "far below another probe on the same vectors"
        case .fewPositives: "fewer than \(RowMark.fewPositives) positives of a class in a test fold"
        case .fitsTraining: "fits its training fold, not its test fold"
        case .control: "a control, not a probe's own figure"
        case .leakage: "labels were permuted, yet the figure is better than chance: look for leakage"
        }
    }

    /// How a verdict in a comparison is qualified; nil for marks that only inform.
    var qualifier: String? {
        switch self {
        case .gridEdge: "grid edge"
        case .lastEpoch, .fewSteps, .cutOff: "not converged"
        case .fewInnerRows: "few inner rows"
        default: nil
        }
    }

    /// Whether the mark is of single heads, from the diagnostics of results.
    var isOfTraining: Bool { qualifier != nil || [.undefinedInside, .diverged, .extended].contains(self) }

    /// Whether a figure with the mark is to be read with caution, and its point in plots hollow.
    var isCaution: Bool { ![.undefinedInside, .diverged, .extended, .control].contains(self) }
}

extension RowMark {
    /// Below this many steps a head has hardly been trained.
    package static let fewSteps = 200
    /// Below this many rows an inner split is too small to choose by: the standard error of an accuracy of 0.8 is 0.06
    /// on 50 rows, more than most choices differ by.
    package static let fewInnerRows = 50
    /// Below this many positives a figure of a class hangs on single samples.
    package static let fewPositives = 10
}

extension RowMark: CustomStringConvertible {
    /// `grid edge 4 of 5: learning rate highest`.
    package var description: String {
        "\(kind.rawValue) \(folds) of \(of)" + (detail.isEmpty ? "" : ": \(detail)")
    }
}
