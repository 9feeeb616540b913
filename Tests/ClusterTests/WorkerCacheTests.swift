import Cluster
import Foundation
import TestKit
import Testing

@Suite("Where a worker keeps results and checkpoints")
struct WorkerCacheTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func cache(_ chosen: String? = nil, _ environment: [String: String]) -> WorkerCache {
        WorkerCache(
            chosen, in: Surroundings(environment: environment, processors: [0], physicalMemory: 1 << 33),
            home: "/home/me")
    }

    private func make(_ name: String, permissions: Int = 0o755) throws -> String {
        let url = folder.file(name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: url.path)
        return url.path
    }

    private var own: String { "probesweep-\(getuid())" }

    @Test("The folder that the user names has both, whatever the environment says")
    func chosen() {
        let cache = cache("/cache", ["SLURM_JOB_ID": "1", "SLURM_TMPDIR": folder.url.path])
        #expect(cache.results == "/cache" && cache.checkpoints == "/cache")
    }

    @Test("Without a job both are in the user's cache, also where TMPDIR is set")
    func noJob() {
        let cache = cache(nil, ["TMPDIR": folder.url.path])
        #expect(cache.results == "/home/me/.cache/probesweep" && cache.checkpoints == cache.results)
        #expect(self.cache(nil, ["XDG_CACHE_HOME": "/caches"]).checkpoints == "/caches/probesweep")
    }

    @Test("In a job checkpoints go to its scratch disk, and results stay where they outlive the job")
    func job() throws {
        let (scratch, temporary) = (try make("scratch"), try make("temporary"))
        let variables = ["SLURM_JOB_ID": "1", "SLURM_TMPDIR": scratch, "TMPDIR": temporary]
        #expect(cache(nil, variables).results == "/home/me/.cache/probesweep")
        #expect(cache(nil, variables).checkpoints == "\(scratch)/\(own)")
        #expect(cache(nil, ["KUBERNETES_SERVICE_HOST": "h", "TMPDIR": temporary]).checkpoints == "\(temporary)/\(own)")
        let missing = ["SLURM_JOB_ID": "1", "SLURM_TMPDIR": "/no/such/disk", "TMPDIR": temporary]
        #expect(cache(nil, missing).checkpoints == "\(temporary)/\(own)")
        #expect(cache(nil, ["SLURM_JOB_ID": "1", "SLURM_TMPDIR": ""]).checkpoints == "/home/me/.cache/probesweep")
    }

    @Test("A folder that others can write, or a link, is not taken for the user's own")
    func others() throws {
        let scratch = try make("scratch")
        _ = try make("scratch/\(own)", permissions: 0o777)
        let variables = ["SLURM_JOB_ID": "1", "SLURM_TMPDIR": scratch]
        #expect(cache(nil, variables).checkpoints == "/home/me/.cache/probesweep")
        try FileManager.default.removeItem(atPath: "\(scratch)/\(own)")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch)/\(own)", withDestinationPath: try make("elsewhere"))
        #expect(cache(nil, variables).checkpoints == "/home/me/.cache/probesweep")
    }
}
