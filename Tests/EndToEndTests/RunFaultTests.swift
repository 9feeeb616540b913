import Foundation
import KernelFiles
import TestKit
import Testing

@Suite("A run that cannot go on, or is killed", .serialized)
struct RunFaultTests {
    /// A run of ``Specification/tiny`` in a folder of its own, with the processes that it started.
    private final class LiveRun {
        let folder: TemporaryFolder
        let program: Program

        init(prefix: [String] = [], workers: Int = 2) throws {
            folder = try TemporaryFolder()
            try Specification.synthesize(in: folder.url)
            let specification = try Specification.tiny.write(in: folder.url)
            program = try Program(
                ["run", specification.path, "--workers", "\(workers)"], in: folder.url, prefix: prefix)
        }

        deinit { program.signal(SIGKILL) }

        /// The numbers of the run's children; any of its threads may have started them.
        var children: [Int32] {
            let threads = "/proc/\(program.identifier)/task"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []
            return names.compactMap { try? String(contentsOfFile: "\(threads)/\($0)/children", encoding: .utf8) }
                .flatMap { $0.split(separator: " ") }.compactMap { Int32($0) }
        }

        func waitForChildren(_ count: Int) throws {
            try wait("\(count) workers have started") { children.count == count }
        }

        func waitForTraining() throws {
            let log = folder.file(".probesweep/workers/local-1.log")
            try wait("units are trained") {
                (try? String(contentsOf: log, encoding: .utf8))?.contains("lease trained") == true
            }
        }

        func wait(_ what: String, _ condition: () throws -> Bool) throws {
            for _ in 0..<12_000 {
                if try condition() { return }
                Thread.sleep(forTimeInterval: 0.005)
            }
            throw NeverHappened(what: "\(what): \(try program.errorsSoFar())")
        }

        /// How it ended, with status 1 and the reason among its errors.
        func expectEnd(saying reason: String) throws {
            let outcome = try program.outcomeOrKill()
            #expect(outcome.status == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains(reason), "\(outcome.errors)")
            try wait("no worker is left") { children.isEmpty }
        }
    }

    /// Whether the process runs; one that has ended and waits for its parent does not.
    private static func isAlive(_ process: Int32) -> Bool {
        guard let text = KernelFile.text("/proc/\(process)/stat") else { return false }
        return text.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    enum Moment: CaseIterable { case starting, training }

    @Test(
        "Its workers end with it when it is killed, while they start and while they train", arguments: Moment.allCases)
    func killed(_ moment: Moment) throws {
        let run = try LiveRun()
        try run.waitForChildren(2)
        if moment == .training { try run.waitForTraining() }
        let workers = run.children
        #expect(!workers.isEmpty)
        run.program.signal(SIGKILL)
        _ = try run.program.outcome()
        try run.wait("the workers end") { !workers.contains(where: Self.isAlive) }
    }

    enum Loss: CaseIterable { case deleted, moved, ledgerOnly }

    @Test("It ends with the reason when its state folder or ledger is taken away", arguments: Loss.allCases)
    func stateLost(_ loss: Loss) throws {
        let run = try LiveRun()
        try run.waitForTraining()
        let state = run.folder.file(".probesweep")
        switch loss {
        case .deleted: try FileManager.default.removeItem(at: state)
        case .moved: try FileManager.default.moveItem(at: state, to: run.folder.file("elsewhere"))
        case .ledgerOnly: try FileManager.default.removeItem(at: state.appending(path: "ledger.sqlite"))
        }
        try run.expectEnd(saying: "ledger.sqlite was deleted, moved or replaced")
    }

    @Test("It ends with the reason when its features are taken away")
    func featuresLost() throws {
        let run = try LiveRun()
        try run.waitForTraining()
        try FileManager.default.moveItem(at: run.folder.file("synthetic"), to: run.folder.file("elsewhere"))
        try run.expectEnd(saying: "on no worker")
    }

    @Test(
        "Limits that keep it or its workers from starting end it with the reason",
        arguments: [["prlimit", "--as=500000000"], ["prlimit", "--as=900000000"]])
    func limits(_ prefix: [String]) throws {
        let run = try LiveRun(prefix: prefix, workers: 1)
        try run.expectEnd(saying: "the limit on the address space")
    }

    @Test("A coordinator whose ledger is taken away ends with the reason")
    func coordinator() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        try FileManager.default.removeItem(at: cluster.state)
        let outcome = try cluster.endOfCoordinator()
        #expect(outcome?.status == 1)
        #expect(outcome?.errors.contains("was deleted, moved or replaced") == true)
    }
}
