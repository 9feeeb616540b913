import Foundation
import Identities
import Ledger
import SwiftProtobuf
import Transport

extension CoordinatorLoop {
    /// Finds results off this thread and, if asked, removes them; the machine is told by `resultsDiscarded`.
    func discard(_ message: WireDiscard, by requester: Requester, for answer: ClientAnswer) {
        let (request, isApplied) = (message.request, message.apply)
        // Serialised with submissions, so that none read from the ledger before the removal is accepted after it.
        registrar.perform { [ledger, inputs] in
            inputs.post(.answer(answer, Self.answer(to: request, of: requester, isApplied: isApplied, ledger)))
        }
    }

    private static func answer(
        to request: DiscardRequest, of requester: Requester, isApplied: Bool, _ ledger: LedgerWriter
    ) -> WireCoordinatorToClient.OneOf_Body {
        do {
            let summary: DiscardSummary
            if isApplied {
                let found = try Discarding.find(request, for: requester, in: ledger.reader)
                try ledger.discard(found.selection, of: found.summary.number)
                summary = found.summary
            } else {
                summary = try Discarding.preview(request, for: requester, in: ledger.reader)
            }
            let json = try JSONEncoder().encode(summary)
            return .status(.with { $0.json = json })
        } catch {
            return .refused(.with { $0.reason = "\(error)" })
        }
    }
}
