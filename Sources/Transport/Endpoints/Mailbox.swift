import Synchronization

/// A bounded queue from a polling thread to its one consumer, who takes everything at once: a task that waits for it,
/// or a thread that a bell wakes.
///
/// It neither drops nor blocks. Backpressure: a thread that finds it ``isFull`` stops reading its socket, ZeroMQ's own
/// bounded queues fill, and TCP slows the senders down.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var bytes = 0
        var consumer: CheckedContinuation<[Element]?, Never>?
        var bell: (@Sendable () -> Void)?
        var closed = false
    }

    private let state = Mutex(State())
    private let capacity: (events: Int, bytes: Int)
    private let onTaken: @Sendable () -> Void

    /// - Parameters:
    ///   - capacity: elements that may be queued, and their bytes, before it is full.
    ///   - onTaken: called after the consumer emptied a full mailbox.
    init(capacity: (events: Int, bytes: Int), onTaken: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.onTaken = onTaken
    }

    var isFull: Bool { state.withLock { isFull($0) } }

    private func isFull(_ state: State) -> Bool {
        state.elements.count >= capacity.events || state.bytes >= capacity.bytes
    }

    /// - Parameter bytes: the size of the messages that the elements were decoded from.
    func append(_ elements: [Element], bytes: Int = 0) {
        guard !elements.isEmpty else { return }
        let (consumer, bell) = state.withLock { state -> (CheckedContinuation<[Element]?, Never>?, (() -> Void)?) in
            guard !state.closed else { return (nil, nil) }
            if let consumer = state.consumer.take() { return (consumer, nil) }
            let bell = state.elements.isEmpty ? state.bell : nil
            state.elements += elements
            state.bytes += bytes
            return (nil, bell)
        }
        consumer?.resume(returning: elements)
        bell?()
    }

    /// - Parameter bell: called on empty -> non-empty, and now if anything is queued.
    func ring(_ bell: @escaping @Sendable () -> Void) {
        let isWaiting = state.withLock { state in
            state.bell = bell
            return !state.elements.isEmpty
        }
        if isWaiting { bell() }
    }

    /// Everything that is queued, possibly nothing.
    func takeAll() -> [Element] {
        let (taken, wasFull) = state.withLock { take(&$0) }
        if wasFull { onTaken() }
        return taken
    }

    /// The consumer still receives what is queued, and then nil.
    func close() {
        let consumer = state.withLock { state in
            state.closed = true
            return state.consumer.take()
        }
        consumer?.resume(returning: nil)
    }

    /// Everything that is queued, at least one element; nil once closed or when the task is cancelled.
    func next() async -> [Element]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { consumer in
                let (taken, wasFull) = take(orWait: consumer)
                if wasFull { onTaken() }
                if let taken { consumer.resume(returning: taken) }
            }
        } onCancel: {
            state.withLock { $0.consumer.take() }?.resume(returning: nil)
        }
    }

    /// The outer optional is nil if the consumer has to wait.
    private func take(orWait consumer: CheckedContinuation<[Element]?, Never>) -> ([Element]??, wasFull: Bool) {
        state.withLock { state in
            precondition(state.consumer == nil, "A mailbox has one consumer.")
            guard !state.elements.isEmpty else {
                if state.closed || Task.isCancelled { return (.some(nil), false) }
                state.consumer = consumer
                return (nil, false)
            }
            let (taken, wasFull) = take(&state)
            return (taken, wasFull)
        }
    }

    private func take(_ state: inout State) -> ([Element], wasFull: Bool) {
        let wasFull = isFull(state)
        state.bytes = 0
        var taken: [Element] = []
        swap(&taken, &state.elements)
        return (taken, wasFull)
    }
}

/// The events of an endpoint in the batches in which they arrived; for one consumer.
package struct EventBatches<Event: Sendable>: AsyncSequence, Sendable {
    package typealias Element = [Event]

    let mailbox: Mailbox<Event>

    package struct AsyncIterator: AsyncIteratorProtocol {
        let mailbox: Mailbox<Event>

        package func next() async -> [Event]? { await mailbox.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(mailbox: mailbox) }
}
