import DequeModule
import Dispatch
import Synchronization

/// The one door into a service: any thread posts facts, the service's own thread takes them in order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions have an order.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<Deque<Event>>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func post(_ event: Event) {
        waiting.withLock { $0.append(event) }
        arrivals.signal()
    }

    /// The oldest event, or nil when none came within the time.
    func next(within nanoseconds: Int64) -> Event? {
        let deadline = DispatchTime.now() + .nanoseconds(Int(clamping: max(0, nanoseconds)))
        guard arrivals.wait(timeout: deadline) == .success else { return nil }
        return waiting.withLock { $0.popFirst() }
    }
}

/// A batch of messages on its way through a queue; whoever posted it waits until it was handled, so that a service which
/// falls behind slows the senders down instead of filling the memory.
struct Batch<Message: Sendable>: Sendable {
    let messages: [Message]
    let handled: CheckedContinuation<Void, Never>
}

extension EventQueue {
    /// Posts every batch of a sequence, one at a time, each after the one before it was handled.
    func pump<Batches: AsyncSequence & Sendable, Message: Sendable>(
        _ batches: Batches, as event: @escaping @Sendable (Batch<Message>) -> Event
    ) -> Task<Void, Never> where Batches.Element == [Message], Batches.Failure == Never {
        Task.detached {
            for await messages in batches {
                await withCheckedContinuation { handled in self.post(event(Batch(messages: messages, handled: handled))) }
            }
        }
    }
}
