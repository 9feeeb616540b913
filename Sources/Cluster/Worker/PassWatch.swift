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

    /// What is to be reported now; nil unless the limit has been passed, or twice the time that was reported last.
    mutating func finding(at now: Instant) -> Finding? {
        let seconds = now.seconds(since: lastOutcome)
        // Summed in the order of keys: a dictionary's order changes from run to run.
        let units = predictions.keys.sorted()
        let predicted = units.reduce(0) { $0 + (predictions[$1] ?? 0) }
        let limit = max(Self.leastSeconds, Self.factor * predicted, 2 * reported)
        guard !units.isEmpty, seconds > limit else { return nil }
        reported = seconds
        return Finding(seconds: seconds, predicted: predicted, units: units, place: place)
    }
}
