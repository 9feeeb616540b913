extension Fleet {
    /// What happens.
    package enum Event: Sendable, Equatable {
        /// What the coordinator says.
        case facts(Facts)
        /// The coordinator does not answer.
        case silent
        /// What the engine says of all jobs that it was asked about; a job that is not among them is unknown to it.
        case jobs([JobID: JobState])
        /// The engine took a start.
        case submitted(member: String, job: JobID)
        /// The engine refused a start.
        case refused(member: String, reason: String)
        /// A start that was ordered was not tried: the engine had just refused another, or the launch is ending.
        case withdrawn(member: String)
        /// Nothing more is wanted: every job is cancelled.
        case stop
        /// Time passed.
        case tick
    }

    /// What the coordinator knows.
    package struct Facts: Sendable, Equatable {
        /// Workers that would be of use now; bounded by the settings.
        package var wanted: Int
        /// The processes that have joined, by the worker's name.
        package var joined: [String: Set<String>]

        package init(wanted: Int, joined: [String: Set<String>]) {
            self.wanted = wanted
            self.joined = joined
        }
    }

    /// What is to be done.
    package enum Directive: Sendable, Equatable {
        /// Start the worker of this name; the answer is ``Event/submitted(member:job:)`` or
        /// ``Event/refused(member:reason:)``.
        case submit(member: String)
        case cancel([JobID])
        case report(Note)
        case giveUp(Failure)
    }

    /// What people should know.
    package enum Note: Sendable, Equatable {
        case joined(member: String)
        /// A worker that had joined has ended.
        case ended(member: String, JobEnd)
        /// A start came to nothing; the next is tried after so many seconds.
        case failed(member: String, Failure.Fault, pause: Double)
        /// A member in a crash loop: the others go on without it, and a start is tried after so many seconds.
        case leftOut(member: String, Failure.Fault, pause: Double)
        /// A queued job that is not wanted any more.
        case surplus(member: String)
    }

    /// Why no workers can be had.
    package struct Failure: Sendable, Equatable {
        package enum Fault: Sendable, Equatable {
            case ended(JobEnd)
            case notJoined(seconds: Double)
            case refused(String)
        }

        package var member: String
        package var fault: Fault
        /// Consecutive failures.
        package var times: Int
    }
}
