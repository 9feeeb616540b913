import Identities
import Scheduling

/// Notices when a pass takes far longer than predicted without an outcome of any unit: it is then stuck, or its
/// prediction is useless, and whoever runs the machine should look.
///
/// Units of a pass train together, so that the next outcome may take as long as all that are left.
struct PassWatch {
    /// Seconds predicted for each unit that has no outcome yet.
    private var predictions: [UnitKey: Double]
    private var lastOutcome: Instant
    private var place = "the beginning"
    /// Seconds without an outcome that were reported last.
    private var reported = 0.0

    /// Times the predicted seconds, and seconds, that a pass may take without an outcome.
    static let factor = 10.0
    static let leastSeconds = 600.0

    /// What is to be said of a pass that is stuck.
    struct Finding: Equatable {
        let seconds: Double
        let predicted: Double
        let units: [UnitKey]
        let place: String

        /// For people: `no result for 1500 s, predicted were 12 s for 3 units; it is at epoch 3 of 10`.
        var text: String {
            "no result for \(Int(seconds)) s, predicted were \(Int(predicted.rounded(.up))) s for \(units.count) units; "
                + "it is at \(place)"
        }
    }

    init(_ predictions: [UnitKey: Double], at now: Instant) {
        self.predictions = predictions
        lastOutcome = now
    }

    /// Where the pass is, in words.
    mutating func reached(_ place: String) { self.place = place }

    mutating func ended(_ unit: UnitKey, at now: Instant) {
        predictions[unit] = nil
        (lastOutcome, reported) = (now, 0)
    }

    /// What is to be logged now; nil unless it is stuck, and for twice the time that was logged last.
    mutating func finding(at now: Instant) -> Finding? {
        guard let state = state(at: now), state.seconds > 2 * reported else { return nil }
        reported = state.seconds
        return state
    }

    /// How the pass is stuck; nil unless the limit has been passed.
    func state(at now: Instant) -> Finding? {
        let seconds = now.seconds(since: lastOutcome)
        // Summed in the order of keys: a dictionary's order changes from run to run.
        let units = predictions.keys.sorted()
        let predicted = units.reduce(0) { $0 + (predictions[$1] ?? 0) }
        let limit = max(Self.leastSeconds, Self.factor * predicted)
        guard !units.isEmpty, seconds > limit else { return nil }
        return Finding(seconds: seconds, predicted: predicted, units: units, place: place)
    }
}
