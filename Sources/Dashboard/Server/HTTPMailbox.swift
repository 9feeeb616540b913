import Synchronization
import Transport

/// What other threads made, on its way to the loop that sends it.
final class HTTPMailbox: Sendable {
    enum Item: Sendable {
        case response(HTTPResponse, for: ConnectionTable.ID)
        /// For all streams; nil where none could be made.
        case update(PageParts?)
    }

    private let items = Mutex<[Item]>([])
    private let stopped = Atomic<Bool>(false)
    private let wakeUp: WakeUp

    init() throws(TransportError) { wakeUp = try WakeUp() }

    /// Readable when something was posted.
    var descriptor: Int32 { wakeUp.descriptor }
    var isStopped: Bool { stopped.load(ordering: .relaxed) }

    func post(_ item: Item) {
        items.withLock { $0.append(item) }
        wakeUp.signal()
    }

    func stop() {
        stopped.store(true, ordering: .relaxed)
        wakeUp.signal()
    }

    func takeAll() -> [Item] {
        wakeUp.reset()
        return items.withLock { items in
            defer { items = [] }
            return items
        }
    }
}
