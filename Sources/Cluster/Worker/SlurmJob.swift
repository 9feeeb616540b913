package import Foundation

/// The Slurm job that a process runs in.
package struct SlurmJob: Sendable, Equatable {
    /// As `scontrol` takes it: the number of the job, or for a task of an array `JOB_TASK`. One task of every array has the
    /// number of the whole array, which stands for all of them.
    package let id: String

    /// - Parameter environment: that of the process.
    /// - Returns: nil if it does not run in a job.
    package init?(_ environment: [String: String]) {
        guard let job = Self.number("SLURM_JOB_ID", environment) else { return nil }
        if let array = Self.number("SLURM_ARRAY_JOB_ID", environment),
            let task = Self.number("SLURM_ARRAY_TASK_ID", environment)
        {
            id = "\(array)_\(task)"
        } else {
            id = "\(job)"
        }
    }

    /// The command that prints the job, all on one line.
    package var question: [String] { ["scontrol", "show", "job", "-o", id] }

    /// When the job will be ended, by the answer to the question; nil for a job without a limit, and for what is no answer.
    ///
    /// - Parameter calendar: that of the machine, whose time zone `scontrol` prints in.
    package static func end(in answer: String, calendar: Calendar = .current) -> Date? {
        // Names and comments, which may hold anything, are not between the start and the end.
        let words = answer.prefix { !$0.isNewline }.split(separator: " ")
        guard let start = words.lastIndex(where: { $0.hasPrefix("StartTime=") }),
            let end = words.dropFirst(start + 1).first, end.hasPrefix("EndTime=")
        else { return nil }
        let parts = end.dropFirst("EndTime=".count).split(omittingEmptySubsequences: false) { "-T:".contains($0) }
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 6, numbers.count == 6 else { return nil }
        var gregorian = Calendar(identifier: .gregorian)
        gregorian.timeZone = calendar.timeZone
        let components = DateComponents(
            year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4],
            second: numbers[5])
        return components.isValidDate(in: gregorian) ? gregorian.date(from: components) : nil
    }

    private static func number(_ variable: String, _ environment: [String: String]) -> Int? {
        environment[variable].flatMap { Int($0) }
    }
}
