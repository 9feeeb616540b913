/// Maps of samples by predictors, ready to be drawn.
struct Mosaic {
    /// What a map lies over.
    enum Ground: Hashable {
        /// Rows and columns of patch tokens, row by row.
        case grid(rows: Int, columns: Int)
        /// The tokens' texts.
        case texts
        /// A line of tokens, so many seconds apart; nil for positions.
        case line(seconds: Double?)
    }

    /// One predictor, in the order of worth.
    struct Predictor: Hashable {
        let number: Int
        /// Δ of the metric, as it is shown; nil where it is undefined.
        let worth: Double?
    }

    struct Sample {
        let id: String
        /// Of its class; nil for tasks of other kinds.
        let className: String?
        /// A data URI; nil without a picture.
        var picture: String?
        /// Of the tokens that are drawn; empty for others than texts.
        var texts: [String]
        /// The weights of each predictor on the tokens that are drawn.
        let maps: [[Double]]
        /// The weight of each predictor on tokens that are not drawn: class token, registers, the head's own.
        let elsewhere: [Double]
    }

    let ground: Ground
    /// Those that are drawn, of `count`.
    let predictors: [Predictor]
    let count: Int
    let samples: [Sample]
    /// The feature set and its layer.
    let title: PanelTitle
    /// The head and its fold, in words.
    let subtitle: String
    /// What the metric is called beside Δ, with its unit.
    let metric: String
}
