import Identities

// Work goes where its features are.
//
// Workers are asked which inputs they can read, and say again when that changes. A unit is leased only to a worker that
// has said it can read what the unit needs. What nobody can read waits: it is charged to nobody, and goes on by itself
// when a worker says that it has it.

extension Coordinator {
    /// Inputs in one message.
    private static let mostQueries = 256

    /// Enters the inputs of a submission, and asks everybody for those that are new.
    /// - Returns: what units of the submission read, 0 for those that do not say.
    mutating func learn(of submitted: [UnitInputs]) -> [InputIndex] {
        var news: [InputIndex] = []
        let indices = submitted.map { submitted in
            let (index, isNews) = inputs.insert(submitted)
            if isNews { news.append(index) }
            return index
        }
        if !news.isEmpty { for worker in Array(workers.occupied) { ask(worker, for: news) } }
        return [0] + indices
    }

    mutating func ask(_ worker: WorkerSlot, for wanted: some Collection<InputIndex>) {
        guard let address = workers[worker].address, !wanted.isEmpty else { return }
        workers[worker].askedAt = now
        let queries = wanted.compactMap(inputs.query)
        for start in stride(from: 0, to: queries.count, by: Self.mostQueries) {
            order(.askInputs(address, Array(queries[start..<min(start + Self.mostQueries, queries.count)])))
        }
    }

    /// Asks again where the question or the answer must have been lost.
    mutating func askAgain(_ worker: WorkerSlot) {
        let record = workers[worker]
        guard record.readable.count + record.problems.count < inputs.count - 1,
            now.seconds(since: record.askedAt) >= settings.silenceLimit
        else { return }
        ask(worker, for: (1..<InputIndex(inputs.count)).filter { !record.canRead($0) && record.problems[$0] == nil })
    }

    mutating func onInputsChecked(_ address: Address, _ states: [InputState], roots: [String]) {
        guard let worker = registered(address) else { return }
        var gained = false
        workers.update(worker) { record in
            record.roots = roots
            for state in states {
                guard let index = inputs.index(of: state.id) else { continue }
                record.problems[index] = state.problem
                if state.problem == nil {
                    gained = record.readable.insert(index).inserted || gained
                } else {
                    record.readable.remove(index)
                }
            }
        }
        guard gained else { return }
        readyQueue.mustRetry = true
        quarantineFailedUnits()
        enqueue(worker)
    }

    /// Opens and closes the queues of inputs that somebody can read now, or nobody.
    mutating func serveChangedInputs() {
        for inputs in workers.takeChangedInputs() {
            passes.setServed(inputs, !workers.witnesses(reading: inputs).isEmpty)
        }
    }
}
