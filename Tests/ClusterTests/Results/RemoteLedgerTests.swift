import Foundation
import GRDB
import Identities
import Logging
import Scheduling
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Units

@testable import Cluster
@testable import Ledger
@testable import Results
@testable import Transport

@Suite("A coordinator's ledger, read by a client")
struct RemoteLedgerTests {
    private let folder: TemporaryFolder
    private let ledger: Ledger
    private let keys: KeyDirectory

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger.open(folder.file("state").path)
        keys = try KeyDirectory.create(at: folder.file("keys").path)
    }

    /// A sweep of units that are not planned from any features.
    private func enter(_ name: String, units count: UInt64) throws -> [UnitKey] {
        let units = (0..<count).map { number in
            let members = [#""fold":{"heldOut":\#(number % 10)}"#, #""probe":"\#(number / 10)""#]
            return NewUnit(
                key: UnitKey(words: number, 2, 3, 4),
                canonicalForm: CanonicalForm(members.map { FormMember(Array($0.utf8)) }), cost: 0.1)
        }
        _ = try ledger.insert(
            NewSweep(name: name, specification: "{}", facts: Data("{}".utf8)),
            passes: [NewPass(name: PassID("layer"), folder: "/features", units: units)])
        return units.map(\.key)
    }

    private func commit(_ keys: some Sequence<UnitKey>, bytes: Int, predictions: [UInt8] = []) throws {
        try ledger.commit(
            keys.map {
                let json = Array("\"\($0)\(String(repeating: "x", count: bytes))\"".utf8)
                let payload = ResultPayload(result: json, predictions: predictions.isEmpty ? nil : predictions)
                return .result($0, Attempt(number: 1), worker: "w", payload: payload.bytes)
            })
    }

    private func withClient(_ body: (CoordinatorClient, CoordinatorService) async throws -> Void) async throws {
        let quiet = Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() }
        let service = try CoordinatorService.start(
            ledger: ledger, listen: "tcp://127.0.0.1:*", security: try keys.routerSecurity(), logger: quiet)
        let client = try CoordinatorClient.connect(service.address, keys: keys.clientFile)
        try await body(client, service)
        await client.close()
        await service.stop()
    }

    /// Each cell's key and the bytes of its result, in the order of the pages.
    private func cells(_ reader: some SweepReader) throws -> [String] {
        var cells: [String] = []
        let sweep = try reader.find("s")
        try reader.forEachPage(of: sweep) { page in
            #expect(page.isSound && page.first == cells.count)
            var start = 0
            for place in 0..<page.count {
                let key = page.keys.dropFirst(32 * place).prefix(32).map { String(format: "%02x", $0) }.joined()
                let end = Int(page.payloadEnds[place])
                cells.append("\(key) \(end - start) \(page.quarantine[place] ?? "")")
                start = end
            }
        }
        return cells
    }

    @Test("A client learns what is left to do")
    func workersWanted() async throws {
        _ = try enter("small", units: 20)
        try await withClient { client, _ in
            let wanted = try client.workersWanted()
            #expect(wanted.unfinishedUnits == 20)
            #expect(abs(wanted.workerSecondsToGo - 2) < 1e-6)
        }
    }

    @Test("has the same cells as the file: of many pages, of results that fill a page, and of none")
    func same() async throws {
        let keys = try enter("s", units: 2_500)
        try commit(keys[..<1_000], bytes: 100)
        try commit(keys[1_000..<1_030], bytes: 500_000)
        try commit(keys[2_400...], bytes: 1)
        try ledger.commit([.quarantine(keys[1_100], reason: "died\nthere")])
        try await withClient { client, _ in
            let remote = RemoteLedger(client)
            let (far, near) = (try cells(remote), try cells(ledger.reader))
            #expect(far == near)
            #expect(try remote.find("1") == ledger.reader.find("s"))
            let sweep = try remote.find("s")
            #expect(try remote.facts(of: sweep.id) == ledger.reader.facts(of: sweep.id))
            #expect(try remote.passes(of: sweep.id) == ledger.reader.passes(of: sweep.id))
            #expect(try remote.specification(of: sweep.id) == ledger.reader.specification(of: sweep.id))
        }
    }

    @Test("A sweep's specification travels only to those who ask for it")
    func specification() async throws {
        _ = try enter("s", units: 3)
        try await withClient { client, _ in
            for isWanted in [false, true] {
                let request = WireFetchSweep.with { ($0.sweep, $0.specification) = ("s", isWanted) }
                guard case .sweep(let found) = try client.ask(.fetchSweep(request)) else {
                    throw ClientError.unexpectedAnswer
                }
                #expect(found.facts == Data("{}".utf8))
                #expect(found.specification == (isWanted ? Data("{}".utf8) : Data()))
            }
        }
    }

    @Test("has the units and the kept predictions of the file, and the same words for what there is not")
    func units() async throws {
        let keys = try enter("s", units: 20)
        try commit(keys[..<3], bytes: 10, predictions: [1, 2, 3])
        try commit(keys[3..<5], bytes: 10)
        try await withClient { client, _ in
            let remote = RemoteLedger(client)
            for key in [keys[0], keys[4], keys[9], UnitKey(words: 9, 9, 9, 9)] {
                #expect(try remote.predictions(of: key) == ledger.reader.predictions(of: key))
            }
            let sweep = try remote.find("s")
            for digits in ["\(keys[3])", "00000000000000", "nothing"] {
                let (found, expected) = (
                    try remote.cells(beginning: digits, of: sweep),
                    try ledger.reader.cells(beginning: digits, of: sweep)
                )
                #expect(found.count == expected.count && found.row == expected.row)
            }
            let error = #expect(throws: ClientError.self) { try RemoteLedger(client).find("t") }
            #expect(error.map { "\($0)" }?.contains("Known: 1 s") == true)
            // The client is as good as before.
            #expect(try cells(RemoteLedger(client)).count == 20)
        }
    }

    @Test("gives the answers to other requests while pages are read, and after a reader that stopped half way")
    func interleaved() async throws {
        struct Enough: Error {}
        let keys = try enter("s", units: 6_000)
        try commit(keys, bytes: 200)
        try await withClient { client, service in
            let remote = RemoteLedger(client)
            let sweep = try remote.find("s")
            var pages = 0
            try remote.forEachPage(of: sweep) { _ in
                pages += 1
                let workers = try client.workers()
                #expect(workers.isEmpty)
            }
            #expect(pages == 12)
            #expect(throws: Enough.self) { try remote.forEachPage(of: sweep) { _ in throw Enough() } }
            let count = try cells(remote).count
            #expect(count == 6_000)
            let workers = await service.workers
            #expect(workers == 0)
        }
    }

    @Test("is closed to a client with more requests than may wait, which disturbs no other")
    func bounded() async throws {
        let keys = try enter("s", units: 3_000)
        try commit(keys, bytes: 300)
        let reading = LedgerService(ledger.reader)
        let answers = Mutex<[WireCoordinatorToClient.OneOf_Body]>([])
        let fetch = WireClientToCoordinator.OneOf_Body.fetchCells(.with { ($0.sweep, $0.end) = (1, 512) })
        for _ in 0..<1_000 {
            reading.take(fetch, by: .local, of: ConnectionID(number: 1)) { answer in
                answers.withLock { $0.append(answer) }
            }
        }
        await withCheckedContinuation { continuation in
            reading.take(fetch, by: .local, of: ConnectionID(number: 2)) { answer in
                if case .cells = answer {} else { Issue.record("\(answer)") }
                continuation.resume()
            }
        }
        let (pages, refusals) = answers.withLock { answers in
            (
                answers.count { if case .cells = $0 { true } else { false } },
                answers.count { if case .refused = $0 { true } else { false } }
            )
        }
        #expect(pages + refusals == 1_000 && pages >= LedgerService.mostWaiting && refusals > 0)
    }

    @Test("has ranges of any size, also those that no sweep has")
    func ranges() async throws {
        _ = try enter("s", units: 3)
        let reading = LedgerService(ledger.reader)
        for (first, end) in [(UInt64.max, UInt64.max), (0, .max), (5, 2), (.max, 0), (2, 3)] {
            let answer = await withCheckedContinuation { continuation in
                reading.take(
                    .fetchCells(.with { ($0.sweep, $0.first, $0.end) = (1, first, end) }), by: .local,
                    of: ConnectionID(number: 1)
                ) { continuation.resume(returning: $0) }
            }
            guard case .cells(let page) = answer else {
                Issue.record("\(answer)")
                continue
            }
            #expect(page.formEnds.count == (first == 0 ? 3 : first == 2 ? 1 : 0))
        }
    }
}
