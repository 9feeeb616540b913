import Results

/// What `status` and `workers` print.
package enum StatusText {
    /// A row for each sweep, then a line for each thing to know of one: why it waits, why units are in quarantine.
    ///
    /// - Parameter width: columns of the terminal; nil for as many as it takes.
    package static func lines(_ sweeps: [SweepStatus], width: Int?) -> [String] {
        let table = TextTable(
            columns: [
                .left("sweep"), .right("no."), .left("owner", rank: 3), .right("priority", rank: 4), .right("units"),
                .right("done"), .right("quarantined", rank: 2), .right("leased", rank: 6), .right("rate", rank: 5),
                .right("workers", rank: 7), .right("to go", rank: 1),
            ],
            rows: sweeps.map(\.cells), gap: 2)
        let notes = sweeps.flatMap { sweep in
            sweep.remarks.map { sweeps.count > 1 ? "\(sweep.name) (\(sweep.number)): \($0)" : $0 }
        }
        return lines(of: table, notes: notes, width: width)
    }

    /// A row for each worker, then a line for each that is suspended or seems stuck.
    package static func lines(_ workers: [WorkerStatus], width: Int?) -> [String] {
        let table = TextTable(
            columns: [
                .left("worker"), .left("state"), .right("done"), .right("failed", rank: 2), .right("held", rank: 3),
                .right("pass", rank: 1), .left("host", rank: 4), .right("threads", rank: 5), .right("memory", rank: 7),
                .right("busy", rank: 8), .right("load", rank: 9), .left("kernel", rank: 6),
            ],
            rows: workers.map(\.cells), gap: 2)
        let notes = workers.flatMap { worker in worker.remarks.map { "\(worker.name): \($0)" } }
        return lines(of: table, notes: notes, width: width)
    }

    /// The table, and indented below it what is to be known.
    static func lines(of table: TextTable, notes: [String] = [], width: Int?) -> [String] {
        let rows = table.fitted(to: width).text().split(separator: "\n").map(String.init)
        let lines = rows + notes.map { "  \($0)" }
        guard let width else { return lines }
        return lines.map { $0.fitted(to: width) }
    }
}

extension SweepStatus {
    fileprivate var cells: [String] {
        let hasEnded = isCancelled || progress.isFinished
        return [
            name, "\(number)", owner ?? "", priority == 0 ? "" : "\(priority)", "\(progress.done)/\(progress.total)",
            isCancelled ? "cancelled" : "\(progress.percent) %",
            progress.quarantined == 0 ? "" : "\(progress.quarantined)",
            leased == 0 ? "" : "\(leased)", hasEnded ? "" : progress.rateText ?? "", "\(progress.workers)",
            hasEnded ? "" : progress.secondsToGo.map { Progress.duration($0) } ?? "",
        ]
    }

    fileprivate var remarks: [String] {
        // A note says what it waits for whole.
        let waiting = notes.isEmpty && !isCancelled && !progress.isFinished ? progress.waiting : nil
        let paused = isCancelled || progress.isFinished ? nil : progress.paused.map { "paused: \($0)" }
        return [cancellation, paused, waiting].compactMap { $0 } + notes + reasons.map(\.line)
    }
}

extension WorkerStatus {
    fileprivate var cells: [String] {
        [
            name, state, "\(finished)", failed == 0 ? "" : "\(failed)", held == 0 ? "idle" : "\(held)",
            held == 0 ? "" : "\(Int(progress * 100)) %", host, "\(threads)",
            load?.memoryText ?? "", load?.processorsText ?? "", load?.loadText ?? "", kernelPath,
        ]
    }

    fileprivate var remarks: [String] {
        [reason.map { "\(state): \($0)" }, stuck.map { "stuck: \($0)" }].compactMap { $0 }
    }
}
