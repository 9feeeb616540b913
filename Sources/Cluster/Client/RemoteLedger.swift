package import Foundation
package import Identities
package import Ledger
import SwiftProtobuf
import Transport

/// A coordinator's ledger, read over its socket: whoever reads sweeps gets what a reader of the file gets.
package final class RemoteLedger: SweepReader {
    /// Pages that are on their way at once, so that the coordinator reads while this process decodes.
    private static let pagesAtOnce = 16

    private let client: CoordinatorClient
    private var found: WireFoundSweep?

    package init(_ client: CoordinatorClient) { self.client = client }

    package var repeated: String { client.repeated }

    package func find(_ nameOrNumber: String) throws -> SweepHeader {
        // What is read afterwards belongs to the sweep that has the name now.
        if let found, ["\(found.sweep)", found.name].contains(nameOrNumber) { return found.header }
        let sweep = try fetch(nameOrNumber)
        found = sweep
        return sweep.header
    }

    package func facts(of sweep: SweepID) throws -> Data { try wire(sweep).facts }

    package func specification(of sweep: SweepID) throws -> Data {
        try fetch("\(sweep)", withSpecification: true).specification
    }

    package func passes(of sweep: SweepID) throws -> [PassRecord] { try wire(sweep).passRecords }

    package func forEachPage(of sweep: SweepHeader, _ body: (SweepPage) throws -> Void) throws {
        let starts = stride(from: 0, to: sweep.units, by: SweepPage.cells)
        var next = 0
        try client.askAll(starts.lazy.map { Self.request(sweep, $0) }, atOnce: Self.pagesAtOnce) { answer in
            let end = min(next + SweepPage.cells, sweep.units)
            var page = try Self.page(answer, first: next)
            while true {
                next = page.end
                try body(page)
                if next >= end { return }
                // Large results: the page was full before its end.
                page = try Self.page(try self.client.ask(Self.request(sweep, next, end: end)), first: next)
            }
        }
    }

    package func predictions(of unit: UnitKey) throws -> Data? {
        let answer = try client.ask(.fetchPredictions(.with { $0.key = unit.data }), patience: .seconds(60))
        guard case .predictions(let kept) = answer else { throw ClientError.unexpectedAnswer }
        return kept.hasBytes ? kept.bytes : nil
    }

    package func cells(beginning digits: String, of sweep: SweepHeader) throws -> (count: Int, row: SweepRow?) {
        let answer = try client.ask(
            .fetchUnit(.with { ($0.sweep, $0.digits) = (sweep.id.number, digits) }), patience: .seconds(60))
        guard case .unit(let unit) = answer else { throw ClientError.unexpectedAnswer }
        return (Int(clamping: unit.count), unit.hasCell ? unit.cell.page?.firstRow : nil)
    }

    private func wire(_ sweep: SweepID) throws -> WireFoundSweep {
        if let found, found.sweep == sweep.number { return found }
        let fetched = try fetch("\(sweep)")
        found = fetched
        return fetched
    }

    /// - Parameter withSpecification: Only who plans a sweep again needs it, and it may have many megabytes.
    private func fetch(_ nameOrNumber: String, withSpecification: Bool = false) throws -> WireFoundSweep {
        let request = WireFetchSweep.with { ($0.sweep, $0.specification) = (nameOrNumber, withSpecification) }
        let answer = try client.ask(.fetchSweep(request), patience: .seconds(60))
        guard case .sweep(let sweep) = answer else { throw ClientError.unexpectedAnswer }
        return sweep
    }

    private static func request(
        _ sweep: SweepHeader, _ first: Int, end: Int? = nil
    ) -> WireClientToCoordinator.OneOf_Body {
        .fetchCells(
            .with {
                $0.sweep = sweep.id.number
                $0.first = UInt64(first)
                $0.end = UInt64(end ?? min(first + SweepPage.cells, sweep.units))
            })
    }

    /// - Throws: where the answer is no page that begins there and has a cell.
    private static func page(_ answer: WireCoordinatorToClient.OneOf_Body, first: Int) throws -> SweepPage {
        guard case .cells(let cells) = answer, let page = cells.page, page.first == first, page.count > 0 else {
            throw ClientError.unexpectedAnswer
        }
        return page
    }
}
