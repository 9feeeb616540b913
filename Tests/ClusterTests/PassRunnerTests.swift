import Foundation
import Identities
import Logging
import Numerics
import TestKit
import Testing
import Training

@testable import Cluster

@Suite("Checkpoints of the pass in training")
struct PassRunnerTests {
    private let attempt = Attempt(number: 1)
    private let unit = UnitKey(words: 1, 2, 3, 4)

    private func runner(_ folder: URL) throws -> PassRunner {
        PassRunner(
            PassRunner.Configuration(threads: 1, kernel: .portable, memoryBudget: 1 << 30, featureRoots: []),
            identity: WorkerIdentity(programVersion: "test", name: "w", kernelPath: "portable"),
            checkpoints: try CheckpointFolder.open(folder, interval: 0),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, tell: { _ in })
    }

    @Test("One that is being written while its unit is cancelled does not stay")
    func cancelled() throws {
        let folder = try TemporaryFolder()
        let runner = try runner(folder.url)
        let store = try #require(runner.store(of: attempt))
        store.save(unit, [1])
        #expect(store.load(unit) == [1])
        runner.cancel([unit], of: attempt)
        #expect(store.load(unit) == nil)
        // The pass had begun to write it before it heard of the cancellation.
        store.save(unit, [2])
        #expect(store.load(unit) == nil)
    }

    @Test("One of a pass that is abandoned stays for the next process")
    func abandoned() throws {
        let folder = try TemporaryFolder()
        let runner = try runner(folder.url)
        let store = try #require(runner.store(of: attempt))
        runner.abandon(attempt)
        store.save(unit, [1])
        #expect(store.load(unit) == [1])
    }
}
