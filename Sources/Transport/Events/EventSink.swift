/// The way of one socket's events into the ``EventQueue`` of a service, for the socket's polling thread.
///
/// Backpressure: a thread that finds its share of the queue full stops reading its socket, ZeroMQ's own bounded queues
/// fill, and TCP slows the senders down. It is woken when the service has emptied the queue. Whatever else is in the
/// queue is neither counted nor held up.
struct EventSink<Element: Sendable>: Sendable {
    private let isFullNow: @Sendable () -> Bool
    private let appendAll: @Sendable ([Element], Int) -> Void

    init(isFull: @escaping @Sendable () -> Bool, append: @escaping @Sendable ([Element], Int) -> Void) {
        isFullNow = isFull
        appendAll = append
    }

    var isFull: Bool { isFullNow() }

    /// Takes more than there is room for: what was read off the socket must not be lost.
    ///
    /// - Parameter bytes: the size of the messages that the elements were decoded from.
    func append(_ elements: [Element], bytes: Int = 0) { appendAll(elements, bytes) }
}
