import Dispatch
import Ledger
import Results
import SwiftProtobuf
import Transport

/// Makes tables for remote clients off the coordinator's thread.
struct TableService: Sendable {
    private let ledger: LedgerReader
    private let queue = DispatchQueue(label: "probesweep.tables")

    init(_ ledger: LedgerReader) { self.ledger = ledger }

    /// - Parameter answer: called from another thread.
    func make(_ request: WireFetchTable, answer: @escaping @Sendable (WireCoordinatorToClient.OneOf_Body) -> Void) {
        queue.async {
            do {
                let axis = try choice(request.against, of: CostAxis.allCases)
                let format = try choice(request.format, of: TableFormat.allCases)
                let table = try SweepTable.make(request.sweep, in: ledger, against: axis)
                let text = table.rendered(as: format, options: TableOptions(times: request.times))
                answer(.text(.with { $0.text = text }))
            } catch {
                answer(.refused(.with { $0.reason = "\(error)" }))
            }
        }
    }

    private func choice<Choice: RawRepresentable<String>>(_ text: String, of choices: [Choice]) throws -> Choice {
        guard let choice = Choice(rawValue: text) else {
            throw ClientError.refused("\"\(text)\" is not one of \(choices.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
