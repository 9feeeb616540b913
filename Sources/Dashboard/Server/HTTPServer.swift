import Foundation

/// A small HTTP/1.1 server of one request per connection, with limits on connections, bytes and time.
///
/// One thread receives and sends for all connections. A request takes one of a few slots, in which its response is made,
/// only after it was accepted; ``ConnectionTable`` has the rules. A stream is sent updates until its peer goes: one update
/// is made for all streams at a time, and a stream whose peer has not taken the last one gets none.
final class HTTPServer: Sendable {
    struct Limits: Sendable {
        /// Open connections beside the streams; beyond that, the slowest is closed.
        var connections = 128
        /// Responses that are made at the same time.
        var slots = 4
        /// Timeout in seconds for receiving a request, for sending the response, and for taking an update.
        var patience = 5.0
        var streams = 16
        /// Seconds between two updates.
        var updatePeriod = 2.0
    }

    struct Handler: Sendable {
        /// Why a request is not accepted; must not wait for anything.
        var refusal: @Sendable (HTTPRequest) -> HTTPResponse?
        /// The response to an accepted request; called on other threads.
        var answer: @Sendable (HTTPRequest) -> HTTPResponse
        /// The first line of a stream; nil where the request asks for none. Must not wait for anything.
        var greeting: @Sendable (HTTPRequest) -> String? = { _ in nil }
        /// What streams tell; called on other threads, and only while there are streams.
        var update: @Sendable () -> PageParts? = { nil }
    }

    let port: UInt16
    private let mailbox: HTTPMailbox

    /// Listens on an address of this machine; port 0 selects a free one.
    init(_ address: SocketAddress, limits: Limits = Limits(), handler: Handler) throws(DashboardError) {
        do {
            mailbox = try HTTPMailbox()
        } catch {
            throw .cannotListen(host: address.host, port: address.port, reason: "\(error)")
        }
        let listener = try address.listen()
        port = SocketAddress.port(of: listener)
        let thread = Thread { [mailbox] in
            HTTPLoop(listener: listener, limits: limits, handler: handler, mailbox: mailbox).run()
        }
        thread.name = "dashboard"
        thread.start()
    }

    /// Stops accepting connections, and closes those that are open.
    func stop() { mailbox.stop() }
}
