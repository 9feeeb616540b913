import Foundation

/// A small HTTP/1.1 server of one request per connection, with limits on connections, bytes and time.
///
/// One thread receives and sends for all connections. A request takes one of a few slots, in which its response is made,
/// only after it was accepted; ``ConnectionTable`` has the rules.
final class HTTPServer: Sendable {
    struct Limits: Sendable {
        /// Open connections; beyond that, the slowest is closed.
        var connections = 128
        /// Responses that are made at the same time.
        var slots = 4
        /// Timeout in seconds for receiving a request, and for sending the response.
        var patience = 5.0
    }

    struct Handler: Sendable {
        /// Why a request is not accepted; must not wait for anything.
        var refusal: @Sendable (HTTPRequest) -> HTTPResponse?
        /// The response to an accepted request; called on other threads.
        var answer: @Sendable (HTTPRequest) -> HTTPResponse
    }

    let port: UInt16
    private let mailbox: ResponseMailbox

    /// Listens on an address of this machine; port 0 selects a free one.
    init(_ address: SocketAddress, limits: Limits = Limits(), handler: Handler) throws(DashboardError) {
        do {
            mailbox = try ResponseMailbox()
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
