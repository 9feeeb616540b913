import Cluster

/// What the coordinator did over the last minutes, from samples of its state: throughput, and what each worker was at.
///
/// Workers that left stay until their last minutes are over, with the reason if one is known.
struct History: Sendable, Equatable {
    /// Seconds between two samples, and seconds that are kept.
    static let (period, span) = (5.0, 1_800.0)

    /// What one worker was at for a while.
    struct Activity: Sendable, Equatable {
        enum Kind: String, Sendable { case training, idle, stopped, gone }

        var kind: Kind
        /// The pass it trained, or why it did not.
        var text: String
        /// Seconds on the samples' clock.
        var start: Double
        var end: Double
    }

    /// A moment and the units that had been finished by then.
    private struct Sample: Equatable {
        var time: Double
        var finished: Int
    }

    private var samples: [Sample] = []
    /// By worker, oldest first.
    private(set) var lanes: [String: [Activity]] = [:]

    /// The newest moment; nil before the first sample.
    var now: Double? { samples.last?.time }

    /// - Parameter time: Seconds on a clock that never goes back.
    mutating func add(_ overview: Overview, at time: Double) {
        let start = samples.last?.time ?? time
        samples.append(Sample(time: time, finished: overview.sweeps.reduce(0) { $0 + $1.progress.done }))
        samples.removeAll { $0.time < time - Self.span }
        let seen = Set(overview.workers.map(\.name))
        for worker in overview.workers { extend(worker.name, worker.activity, from: start, to: time) }
        for name in lanes.keys where !seen.contains(name) {
            extend(name, (.gone, "not connected"), from: start, to: time)
        }
        for (name, activities) in lanes {
            let kept = activities.filter { $0.end >= time - Self.span }
            lanes[name] = kept.allSatisfy { $0.kind == .gone } ? nil : kept
        }
    }

    /// Units finished each second between two samples. A sweep that is no longer listed takes its units with it, which
    /// counts as none.
    var rates: [(time: Double, perSecond: Double)] {
        zip(samples, samples.dropFirst()).compactMap { first, second in
            guard second.time > first.time else { return nil }
            return (second.time, Double(max(0, second.finished - first.finished)) / (second.time - first.time))
        }
    }

    private mutating func extend(
        _ name: String, _ activity: (kind: Activity.Kind, text: String), from start: Double, to end: Double
    ) {
        var lane = lanes[name] ?? []
        if let last = lane.last, last.kind == activity.kind, last.text == activity.text {
            lane[lane.count - 1].end = end
        } else {
            let start = lane.last.map { max($0.end, start) } ?? end
            lane.append(Activity(kind: activity.kind, text: activity.text, start: start, end: end))
        }
        lanes[name] = lane
    }
}

extension WorkerStatus {
    fileprivate var activity: (kind: History.Activity.Kind, text: String) {
        guard state == "active" else { return (.stopped, state + (reason.map { ": \($0)" } ?? "")) }
        if let stuck { return (.stopped, "stuck: \(stuck)") }
        if let pass { return (.training, pass) }
        return (.idle, reason ?? "no units")
    }
}
