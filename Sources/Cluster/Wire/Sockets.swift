import Transport

// What the services need of their sockets; tests put others in the place.

/// Sends for the coordinator. May be called from any thread.
protocol CoordinatorSocket: Sendable {
    var statistics: RouterStatistics { get }

    @discardableResult
    func send(
        _ body: WireCoordinatorToWorker.OneOf_Body, to connection: ConnectionID
    ) throws(TransportError) -> SendOutcome

    @discardableResult
    func reply(
        _ body: WireCoordinatorToClient.OneOf_Body, to request: UInt64, of connection: ConnectionID
    ) throws(TransportError) -> SendOutcome

    @discardableResult
    func answer(_ reply: WireEnrolmentReply, to connection: ConnectionID) throws(TransportError) -> SendOutcome
}

/// Sends for a worker. Its last reference ends it.
protocol WorkerSocket: Sendable {
    @discardableResult
    func send(_ body: WireWorkerToCoordinator.OneOf_Body) throws(TransportError) -> SendOutcome

    /// Returns once everything sent has left, or the linger time is over.
    func close() async
}

extension RouterEndpoint: CoordinatorSocket {}
extension DealerEndpoint: WorkerSocket {}
