/// What Slurm's commands print.
enum SlurmAnswer {
    enum Stage: Sendable { case queued, running, ended }

    /// What `squeue` says of a job.
    struct Line: Sendable, Equatable {
        var stage: Stage
        /// Why it waits.
        var waiting: String?
    }

    /// Reads lines of `squeue --format=%i|%T|%r`.
    static func lines(in text: String) -> [JobID: Line] {
        var lines: [JobID: Line] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "|", omittingEmptySubsequences: false)
            guard fields.count >= 2 else { continue }
            let stage = stage(of: fields[1])
            let reason = fields.count > 2 && stage == .queued && fields[2] != "None" ? String(fields[2]) : nil
            lines[String(fields[0])] = Line(stage: stage, waiting: reason)
        }
        return lines
    }

    private static func stage(of state: Substring) -> Stage {
        switch state {
        case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD":
            .queued
        case "RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "SUSPENDED", "STOPPED", "RESIZING": .running
        default: .ended
        }
    }

    /// Reads `scontrol show job --oneliner` of a job that has ended.
    ///
    /// - Parameter lastLine: the last line of a log.
    /// - Returns: nil if it has not ended, or the answer cannot be read.
    static func end(in text: String, lastLine: (String) -> String?) -> JobState? {
        let fields = Dictionary(
            text.split(separator: " ").compactMap { word -> (Substring, Substring)? in
                word.firstIndex(of: "=").map { (word[..<$0], word[word.index(after: $0)...]) }
            }, uniquingKeysWith: { first, _ in first })
        guard let state = fields["JobState"] else { return nil }
        let words = fields["StdOut"].flatMap { lastLine(String($0)) }
        switch stage(of: state) {
        case .queued: return .queued
        case .running: return .running
        case .ended: break
        }
        switch state {
        case "COMPLETED": return .ended(.completed)
        case "FAILED": return .ended(.failed(status: status(fields["ExitCode"]), lastWords: words))
        default: return .ended(.interrupted(String(state), lastWords: words))
        }
    }

    /// The first number of `STATUS:SIGNAL`.
    private static func status(_ code: Substring?) -> Int32 {
        code?.split(separator: ":").first.flatMap { Int32($0) } ?? 1
    }
}
