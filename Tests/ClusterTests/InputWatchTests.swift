import Features
import Foundation
import Identities
import Numerics
import Scheduling
import Synchronization
import TestKit
import Testing
import Units

@testable import Cluster

@Suite("What a worker can read")
struct InputWatchTests {
    /// What was told last of the inputs.
    private final class Answers: Sendable {
        let told = Mutex<[InputState]>([])

        func take(_ event: Worker.Event) {
            if case .inputsChecked(let states, _) = event { told.withLock { $0 += states } }
        }

        /// Waits until the last answer is nil, or has the text.
        func last(has text: String?) -> Bool {
            for _ in 0..<3000 {
                if let last = told.withLock({ $0.last }) {
                    if text.map({ last.problem?.contains($0) == true }) ?? (last.problem == nil) { return true }
                }
                usleep(10_000)
            }
            return false
        }
    }

    @Test("It is told when a mount comes, when a task changes under it, and when a shard is gone")
    func changes() throws {
        let root = try TemporaryFolder()
        let folder = root.file("features").path
        let content = try content(of: try features(in: folder))
        try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
        let answers = Answers()
        watch(content, in: folder, answers)
        #expect(answers.last(has: "not on this machine"))
        try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
        #expect(answers.last(has: nil))
        let header = "\(folder)/tasks/class.json"
        try FileManager.default.moveItem(atPath: header, toPath: header + ".away")
        #expect(answers.last(has: "class"))
        try FileManager.default.moveItem(atPath: header + ".away", toPath: header)
        #expect(answers.last(has: nil))
        try FileManager.default.removeItem(atPath: "\(folder)/layers")
        #expect(answers.last(has: "is missing"))
    }

    @Test("What was read and found bad stays unreadable until its files change")
    func faults() throws {
        let root = try TemporaryFolder()
        let folder = root.file("features").path
        let set = try features(in: folder)
        let content = try content(of: set)
        let answers = Answers()
        let watch = watch(content, in: folder, answers)
        #expect(answers.last(has: nil))
        watch.report("its hash is another", of: [content])
        #expect(answers.last(has: "its hash is another"))
        usleep(500_000)
        #expect(answers.last(has: "its hash is another"))
        let shard = "\(folder)/\(try set.entry(0).shards[0].file)"
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: shard)
        #expect(answers.last(has: nil))
    }

    @discardableResult
    private func watch(_ content: InputContent, in folder: String, _ answers: Answers) -> InputWatch {
        let watch = InputWatch(roots: [], interval: 0.05, logger: LogLines().logger) { answers.take($0) }
        let form = content.form
        watch.watch([
            InputQuery(id: InputID(of: form), content: String(decoding: form.bytes, as: UTF8.self), folders: [folder])
        ])
        return watch
    }

    private func features(in folder: String) throws -> FeatureSet {
        var features = SyntheticFeatures(samples: 40, tokens: 3, width: 8, classes: 2)
        features.dtype = .float32
        return try features.write(to: folder, threads: ThreadPool(threads: 1))
    }

    private func content(of set: FeatureSet) throws -> InputContent {
        let task = try set.task("class")
        return try InputContent(
            json: """
                {"features":{"set":"synthetic","digest":"\(try set.digest(ofLayer: 0))","layer":0,"width":8,"tokens":3},
                "task":{"name":"class","digest":"\(task.digest)","kind":"classification","classes":2,"metric":"top1"}}
                """)
    }
}
