/// How a fleet of workers is kept: how many there may be, and what becomes of starts that fail.
package struct FleetSettings: Sendable, Equatable {
    /// What a failing member says about the others.
    package enum Failing: Sendable, Equatable {
        /// The fleet is given up as soon as one member is in a crash loop: all run on one machine.
        case endsFleet
        /// A member in a crash loop is left out until its machine may be in order again, and the others go on: each is a
        /// machine of its own.
        case leavesMemberOut
        /// Members are jobs for any machine, so that one's failures are those of all: after a failure, one start at a
        /// time is tried until one has joined.
        case slowsFleet
    }

    /// The names of the workers, each of which there is at most once.
    package var members: [String]
    /// The least number of workers while there is work.
    package var atLeast: Int
    package var failing: Failing
    /// Seconds before the first start after a failure; doubled by each further failure, up to `longestPause`.
    package var firstPause: Double
    package var longestPause: Double
    /// Consecutive failures that make a crash loop.
    package var failureLimit: Int
    /// Seconds after which a worker that runs must have joined the coordinator.
    package var joiningTime: Double
    /// A worker that lived this many seconds had started well: its end is not part of a crash loop.
    package var settledLife: Double

    /// The greatest number of workers.
    package var atMost: Int { members.count }

    /// Workers of one machine: all are wanted, all the time.
    package static func local(_ members: [String]) -> FleetSettings {
        FleetSettings(
            members: members, atLeast: members.count, failing: .endsFleet, firstPause: 1, longestPause: 1,
            failureLimit: 5, joiningTime: 60, settledLife: 60)
    }

    /// A worker on each of several machines.
    package static func machines(_ members: [String], atLeast: Int) -> FleetSettings {
        FleetSettings(
            members: members, atLeast: atLeast, failing: .leavesMemberOut, firstPause: 5, longestPause: 300,
            failureLimit: 5, joiningTime: 120, settledLife: 60)
    }

    /// Workers that an engine queues and starts where it has room.
    package static func queued(_ members: [String], atLeast: Int) -> FleetSettings {
        FleetSettings(
            members: members, atLeast: atLeast, failing: .slowsFleet, firstPause: 5, longestPause: 300,
            failureLimit: 6, joiningTime: 180, settledLife: 60)
    }
}
