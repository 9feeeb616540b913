import Foundation

/// How a launch stands, for `--status` and for the terminal that waits.
package struct LaunchStanding: Codable, Sendable, Equatable {
    /// Where clients and workers find the coordinator.
    package var clientEndpoint: String
    package var workerEndpoint: String
    /// The sweep's number, once it is submitted.
    package var sweep: Int?
    package var wanted: Int
    /// Workers that are there or on their way, those of them that the engine runs, and those that have joined.
    package var outstanding: Int
    package var running: Int
    package var joined: Int
    package var leftOut: Int
    /// Why jobs wait, in the engine's words.
    package var waiting: String?
    /// The start that failed last, unless one has gone well since.
    package var lastFailure: String?
    /// What does not answer or cannot be written, and why.
    package var problem: String?

    /// `3 of 4 workers have joined, 4 wanted; 1 queued (Resources)`
    package var line: String {
        var parts = ["\(joined) of \(outstanding) workers have joined, \(wanted) wanted"]
        let queued = outstanding - running
        if queued > 0 { parts.append("\(queued) queued" + (waiting.map { " (\($0))" } ?? "")) }
        if leftOut > 0 { parts.append("\(leftOut) left out") }
        if let problem { parts.append(problem) }
        return parts.joined(separator: "; ")
    }
}

/// How a launch ended.
package struct LaunchOutcome: Codable, Sendable, Equatable {
    package enum Ending: String, Codable, Sendable { case done, quarantined, cancelled, stopped, failed }

    package var ending: Ending
    /// Why, where that is not clear.
    package var reason: String?
    /// The sweep's number; nil where none was submitted.
    package var sweep: Int?

    package init(_ ending: Ending, _ reason: String? = nil) {
        self.ending = ending
        self.reason = reason
    }
}
