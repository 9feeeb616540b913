import Dispatch
import Foundation
import Identities
import Ledger
import SwiftProtobuf
import Synchronization
import Transport

/// Reads the ledger for clients beside the coordinator's thread, and answers them from there: of a large sweep nothing
/// but small requests passes the event loop.
///
/// Memory is bounded: an answer is a page, a connection may have a few requests waiting, and what a client does not take
/// counts against the socket's limit for its connection, which is then cut.
final class LedgerService: Sendable {
    /// Requests of one connection that may wait: more than a client of this version sends at once.
    static let mostWaiting = 32

    private let ledger: LedgerReader
    private let queue = DispatchQueue(label: "probesweep.reading")
    private let waiting = Mutex<[ConnectionID: Int]>([:])

    init(_ ledger: LedgerReader) { self.ledger = ledger }

    /// - Parameter answer: called once, from this or another thread.
    func take(
        _ request: WireClientToCoordinator.OneOf_Body, by requester: Requester, of connection: ConnectionID,
        answer: @escaping @Sendable (WireCoordinatorToClient.OneOf_Body) -> Void
    ) {
        guard enter(connection) else {
            return answer(
                .refused(.with { $0.reason = "more than \(Self.mostWaiting) requests of this client wait already" }))
        }
        queue.async { [self] in
            do {
                answer(try read(request, by: requester))
            } catch {
                answer(.refused(.with { $0.reason = "\(error)" }))
            }
            leave(connection)
        }
    }

    private func read(
        _ request: WireClientToCoordinator.OneOf_Body, by requester: Requester
    ) throws -> WireCoordinatorToClient.OneOf_Body {
        switch request {
        case .fetchSweep(let fetch):
            let sweep = try ledger.find(fetch.sweep, for: requester)
            return .sweep(
                WireFoundSweep(
                    sweep, facts: try ledger.facts(of: sweep.id),
                    specification: fetch.specification ? try ledger.specification(of: sweep.id) : nil,
                    passes: try ledger.passes(of: sweep.id)))
        case .fetchCells(let fetch):
            let first = Int(clamping: fetch.first)
            let positions = first..<max(first, Int(clamping: fetch.end))
            return .cells(WireCellPage(try ledger.page(of: SweepID(fetch.sweep), at: positions)))
        case .fetchPredictions(let fetch):
            let bytes = try UnitKey(bytes: fetch.key).flatMap { try ledger.predictions(of: $0) }
            return .predictions(.with { if let bytes { $0.bytes = bytes } })
        case .fetchUnit(let fetch):
            let found = try ledger.unit(beginning: fetch.digits, of: SweepID(fetch.sweep))
            return .unit(
                .with {
                    $0.count = UInt64(found.count)
                    if let page = found.page { $0.cell = WireCellPage(page) }
                })
        default: throw ClientError.unexpectedAnswer
        }
    }

    private func enter(_ connection: ConnectionID) -> Bool {
        waiting.withLock { waiting in
            guard waiting[connection, default: 0] < Self.mostWaiting else { return false }
            waiting[connection, default: 0] += 1
            return true
        }
    }

    private func leave(_ connection: ConnectionID) {
        waiting.withLock { waiting in
            let rest = waiting[connection, default: 1] - 1
            waiting[connection] = rest > 0 ? rest : nil
        }
    }
}
