import Dispatch
import Foundation
import Synchronization

/// Maps elements on all cores; the results are in the order of the elements.
func inParallel<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @Sendable (Element) -> Result
) -> [Result] {
    guard elements.count > 1 else { return elements.map(body) }
    let results = Mutex([Result?](repeating: nil, count: elements.count))
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
        let result = body(elements[index])
        results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }.compactMap { $0 }
}

/// Works on the parts of a stream on all cores, and hands on what came of them in their order.
///
/// The caller's thread produces parts and consumes results. It waits while two parts a core are in work, so that memory
/// does not grow with the stream.
final class ParallelStream<Part: Sendable, Outcome: Sendable> {
    private final class Job: Sendable {
        let outcome = Mutex<Outcome?>(nil)
        let done = DispatchSemaphore(value: 0)
    }

    private let work: @Sendable (Part) -> Outcome
    private let consume: (Outcome) throws -> Void
    private let queue = DispatchQueue(label: "probesweep.parts", attributes: .concurrent)
    private let limit = 2 * ProcessCores.count
    private var jobs: ArraySlice<Job> = []

    init(work: @escaping @Sendable (Part) -> Outcome, consume: @escaping (Outcome) throws -> Void) {
        self.work = work
        self.consume = consume
    }

    func add(_ part: Part) throws {
        if jobs.count >= limit { try consumeFirst() }
        let job = Job()
        jobs.append(job)
        queue.async { [work] in
            let outcome = work(part)
            job.outcome.withLock { $0 = outcome }
            job.done.signal()
        }
    }

    /// Consumes what is left.
    func finish() throws {
        while !jobs.isEmpty { try consumeFirst() }
    }

    private func consumeFirst() throws {
        guard let job = jobs.popFirst() else { return }
        job.done.wait()
        if let outcome = job.outcome.withLock({ $0 }) { try consume(outcome) }
    }
}

private enum ProcessCores {
    static let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}
