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
    /// Why the engine or the coordinator does not answer; nil if both do.
    package var problem: String?

    /// `3 workers (1 queued), 4 wanted`
    package var line: String {
        var parts = ["\(joined) of \(outstanding) workers have joined, \(wanted) wanted"]
        let queued = outstanding - running
        if queued > 0 { parts.append("\(queued) queued") }
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

    package init(_ ending: Ending, _ reason: String? = nil) {
        self.ending = ending
        self.reason = reason
    }
}
