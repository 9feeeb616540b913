import Dispatch
import Synchronization

/// The one door into a service: any thread posts facts, the service's own thread takes them in order.
///
/// A service is a loop over this queue, so its state needs no lock and its decisions have an order. It takes all that
/// waits at once: what gathered while it was busy can be dealt with together.
final class EventQueue<Event: Sendable>: Sendable {
    private let waiting = Mutex<[Event]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    func post(_ event: Event) {
        let isFirst = waiting.withLock { waiting in
            waiting.append(event)
            return waiting.count == 1
        }
        // One signal is enough for everything that is posted until the service takes it.
        if isFirst { arrivals.signal() }
    }

    /// Everything that waits, oldest first; nothing when nothing came within the time.
    func takeAll(within nanoseconds: Int64) -> [Event] {
        let deadline = DispatchTime.now() + .nanoseconds(Int(clamping: max(0, nanoseconds)))
        guard arrivals.wait(timeout: deadline) == .success else { return [] }
        return waiting.withLock { waiting in
            var taken: [Event] = []
            swap(&taken, &waiting)
            return taken
        }
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
