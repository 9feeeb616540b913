import Foundation

// Streams: connections that are sent updates until their peers go.

/// The streams of a server, and when they are told something next.
struct Streams {
    /// What each has been told.
    var told: [ConnectionTable.ID: PageParts] = [:]
    /// The newest update, while there are streams.
    var newest: PageParts?
    /// When the next update is made; nil while one is being made.
    var due: ContinuousClock.Instant? = .now
}

extension HTTPLoop {
    func startStream(_ id: ConnectionTable.ID, greeting: String) {
        guard table.hasRoomForStream else {
            return respond(.unavailable("too many pages are open", ["Retry-After": "5"]), to: id)
        }
        table.move(id, to: .streaming)
        table.expect(id, until: nil)
        connections[id]?.limitBuffer()
        connections[id]?.queue(HTTPResponse.stream + Data("\(greeting)\n".utf8))
        // Nobody waits for the end of a period in which nobody listened.
        if streams.newest == nil, streams.due != nil { streams.due = .now }
        if let newest = streams.newest {
            tell(newest, to: id)
        } else {
            sendUpdates(of: id)
        }
    }

    /// Makes an update on another thread, since it waits for the coordinator, when it is due and somebody wants it.
    func updateStreams() {
        guard !table.streaming.isEmpty else {
            streams.newest = nil
            return
        }
        guard let due = streams.due, due <= .now else { return }
        streams.due = nil
        let thread = Thread { [handler, mailbox] in mailbox.post(.update(handler.update())) }
        thread.stackSize = 512 << 10
        thread.start()
    }

    func take(_ update: PageParts?) {
        streams.due = .now + .seconds(limits.updatePeriod)
        guard let update else { return }
        streams.newest = update
        for id in table.streaming where connections[id]?.hasSentAll == true { tell(update, to: id) }
    }

    /// A line with what is new to the peer; an empty one is a sign of life.
    private func tell(_ update: PageParts, to id: ConnectionTable.ID) {
        connections[id]?.queue(Data((update.changes(since: streams.told[id]) + "\n").utf8))
        streams.told[id] = update
        sendUpdates(of: id)
    }

    func proceedWithStream(_ id: ConnectionTable.ID) {
        guard connections[id]?.drain() == true else { return end(id) }
        sendUpdates(of: id)
    }

    private func sendUpdates(of id: ConnectionTable.ID) {
        switch connections[id]?.send() {
        case true?: table.expect(id, until: nil)
        case false?: table.expect(id, until: .now + .seconds(limits.patience))
        case nil: end(id)
        }
    }
}
