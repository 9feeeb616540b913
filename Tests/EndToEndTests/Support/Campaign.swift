import Foundation
import Synchronization
import TestKit
import Testing

/// A sweep on a live cluster that is disturbed, and the table that it must have in the end.
struct Campaign {
    let folder: TemporaryFolder
    let sweep: Specification
    let specification: URL

    init(_ sweep: Specification) throws {
        folder = try TemporaryFolder()
        self.sweep = sweep
        specification = try sweep.write(in: folder.url)
        if sweep.features == Specification.tiny.features { try Specification.synthesize(in: folder.url) }
    }

    /// ``Specification/tiny``, 400 units a repeat.
    ///
    /// - Parameter epochs: 2 train 3,200 units in a few seconds, 40 in half a minute, for tests whose disturbance must
    ///   come before the end.
    init(repeats: Int, epochs: Int = Specification.tiny.epochs) throws {
        var sweep = Specification.tiny
        sweep.repeats = repeats
        sweep.epochs = epochs
        try self.init(sweep)
    }

    /// Waits for the client, then holds ledger and table to what an undisturbed run has.
    func finish(_ client: Program, _ cluster: LiveCluster) throws {
        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try cluster.ledger.resultCount() == sweep.units)
        #expect(try cluster.ledger.quarantined() == 0)
        #expect(try cluster.ledger.problems() == [])
        #expect(try tables(of: cluster.state.path) == undisturbed())
    }

    /// Bytes of results that a worker has not handed in.
    func bytesWaiting(at worker: Int) throws -> Int {
        let outbox = folder.file("cache/worker-\(worker)/outbox")
        let files = try FileManager.default.contentsOfDirectory(at: outbox, includingPropertiesForKeys: [.fileSizeKey])
        return files.reduce(0) { $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) }
    }

    /// Every form of the table.
    private func tables(of state: String) throws -> [String] {
        try ["params", "gflops"].flatMap { cost in
            try ["text", "csv", "json"].map { format in
                let table = try Program(
                    ["table", sweep.name, "--state", state, "--against", cost, "--format", format], in: folder.url
                ).outcome()
                #expect(!table.output.isEmpty, "\(table.errors)")
                return table.output
            }
        }
    }

    private static let known = Mutex<[String: [String]]>([:])

    /// The tables of a run from nothing that nobody disturbs, made once for each sweep.
    private func undisturbed() throws -> [String] {
        try Self.known.withLock { known in
            let text = try String(contentsOf: specification, encoding: .utf8)
            if let tables = known[text] { return tables }
            let calm = try Program.run("run", specification.path, "--state", "calm", "--workers", "2", in: folder.url)
            #expect(calm.status == 0, "\(calm.errors)")
            let tables = try tables(of: "calm")
            known[text] = tables
            return tables
        }
    }
}
