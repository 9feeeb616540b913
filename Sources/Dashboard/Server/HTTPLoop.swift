import Foundation

/// Receives and sends for all connections of a server, on one thread, without waiting for any of them.
final class HTTPLoop {
    private let listener: Int32
    let limits: HTTPServer.Limits
    let handler: HTTPServer.Handler
    let mailbox: HTTPMailbox
    var table: ConnectionTable
    var connections: [ConnectionTable.ID: HTTPConnection] = [:]
    var streams = Streams()
    /// The accepted requests that wait for a slot.
    private var requests: [ConnectionTable.ID: HTTPRequest] = [:]

    /// The time for sending a response, beyond the time for receiving the request: a slow client still gets one.
    private static let sendingTime = Duration.seconds(1)
    private static let acceptedAtOnce = 16
    private static let drainingTime = Duration.milliseconds(200)

    /// - Parameter listener: A listening socket, which is closed at the end.
    init(listener: Int32, limits: HTTPServer.Limits, handler: HTTPServer.Handler, mailbox: HTTPMailbox) {
        self.listener = listener
        self.limits = limits
        self.handler = handler
        self.mailbox = mailbox
        table = ConnectionTable(connections: limits.connections, slots: limits.slots, streams: limits.streams)
        HTTPConnection.makeNonblocking(listener)
    }

    /// Serves until the mailbox is stopped.
    func run() {
        while !mailbox.isStopped {
            for item in mailbox.takeAll() { take(item) }
            updateStreams()
            waitForEvents()
            for id in table.expired(at: .now) { giveUp(id) }
            while let id = table.next { answer(id) }
        }
        for connection in connections.values { close(connection.descriptor) }
        close(listener)
    }

    private func take(_ item: HTTPMailbox.Item) {
        switch item {
        case .response(let response, let id): respond(response, to: id)
        case .update(let update): take(update)
        }
    }

    /// Waits until a socket is ready, a response was made or a deadline has come, and handles all sockets that are
    /// ready.
    private func waitForEvents() {
        let waiting = table.entries.filter { $0.value.stage.isWatched }
        let ids = waiting.keys.sorted()
        var items = [listener, mailbox.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        items += ids.map { id in
            pollfd(fd: connections[id]?.descriptor ?? -1, events: events(of: id), revents: 0)
        }
        guard poll(&items, nfds_t(items.count), timeout) > 0 else { return }
        for (id, item) in zip(ids, items.dropFirst(2)) where item.revents != 0 { proceed(id) }
        if items[0].revents != 0 { acceptAll() }
    }

    private func events(of id: ConnectionTable.ID) -> Int16 {
        switch table.entries[id]?.stage {
        case .sending: Int16(POLLOUT)
        case .streaming: Int16(connections[id]?.hasSentAll == false ? POLLIN | POLLOUT : POLLIN)
        default: Int16(POLLIN)
        }
    }

    /// Milliseconds until the first deadline, or the next update.
    private var timeout: Int32 {
        let update = table.streaming.isEmpty ? nil : streams.due
        guard let deadline = [table.firstDeadline, update].compactMap({ $0 }).min() else { return -1 }
        return Int32(max(0, ((deadline - .now) / .milliseconds(1)).rounded(.up)))
    }

    /// Accepts who waits, but no more than are looked after before the next look at the others.
    private func acceptAll() {
        for _ in 0..<Self.acceptedAtOnce {
            guard let (connection, peer) = HTTPConnection.accept(from: listener) else {
                // Out of descriptors: the listener stays ready, so that the loop would spin.
                if errno == EMFILE || errno == ENFILE { Thread.sleep(forTimeInterval: 0.02) }
                return
            }
            admit(connection, of: peer)
        }
    }

    private func admit(_ connection: HTTPConnection, of peer: String) {
        if table.isFull {
            guard let slow = table.slowest else {
                close(connection.descriptor)
                return
            }
            end(slow)
        }
        let id = table.admit(from: peer, until: .now + .seconds(limits.patience))
        connections[id] = connection
    }

    private func proceed(_ id: ConnectionTable.ID) {
        switch table.entries[id]?.stage {
        case .receiving: receive(id)
        case .sending: send(id)
        case .draining: if connections[id]?.drain() != true { end(id) }
        case .streaming: proceedWithStream(id)
        case .waiting, .answering, nil: break
        }
    }

    private func receive(_ id: ConnectionTable.ID) {
        let peer = table.entries[id]?.peer ?? ""
        switch connections[id]?.receive(from: peer, handler.refusal) {
        case .request(let request):
            if let greeting = handler.greeting(request) {
                startStream(id, greeting: greeting)
            } else {
                requests[id] = request
                table.move(id, to: .waiting)
            }
        case .refused(let response): respond(response, to: id)
        case .ended, nil: end(id)
        case .nothing: break
        }
    }

    /// Makes the response in a slot: on a thread of its own, since it may wait for the coordinator.
    private func answer(_ id: ConnectionTable.ID) {
        table.move(id, to: .answering)
        guard let request = requests.removeValue(forKey: id) else { return }
        let thread = Thread { [handler, mailbox] in mailbox.post(.response(handler.answer(request), for: id)) }
        thread.stackSize = 512 << 10
        thread.start()
    }

    func respond(_ response: HTTPResponse, to id: ConnectionTable.ID) {
        connections[id]?.queue(response.bytes)
        let deadline = table.entries[id]?.deadline ?? .now
        table.move(id, to: .sending, until: max(deadline, .now + Self.sendingTime))
        send(id)
    }

    private func send(_ id: ConnectionTable.ID) {
        switch connections[id]?.send() {
        case true?:
            connections[id]?.finish()
            table.move(id, to: .draining, until: .now + Self.drainingTime)
        case false?: break
        case nil: end(id)
        }
    }

    /// Ends a connection whose time is over; one whose request did not arrive is told.
    private func giveUp(_ id: ConnectionTable.ID) {
        guard table.entries[id]?.stage == .receiving else { return end(id) }
        respond(.refusal(408, "Request Timeout"), to: id)
    }

    func end(_ id: ConnectionTable.ID) {
        streams.told[id] = nil
        if let connection = connections.removeValue(forKey: id) { close(connection.descriptor) }
        table.remove(id)
    }
}
