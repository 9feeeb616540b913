import Identities
import Scheduling
import Testing

@Suite("Records of workers for the next coordinator")
struct MemoryTests {
    @Test("A name is present from its first hello until its last process is gone")
    func presence() {
        var scene = Scene()
        scene.join("a")
        #expect(scene.memories == [.present("a")])
        scene.tell(.hello(address("b"), WorkerHello(protocolVersion: 1, id: process("b"), name: "a", host: "other")))
        scene.tell(.goodbye(address("a")))
        #expect(scene.memories == [.present("a"), .present("a")])
        scene.tell(.connectionLost(address("b"), reason: "closed"))
        #expect(scene.memories.last == .absent("a"))
    }

    @Test("A suspension is recorded until it is lifted")
    func suspension() {
        var scene = Scene()
        scene.join("a")
        let host = SuspendedHost(host: "a", label: "node-1", reason: "it fails")
        scene.tell(.hostSuspended(host))
        scene.tell(.hostResumed(host: "a"))
        #expect(
            Array(scene.memories.dropFirst()) == [
                .suspended(host), .resumed(host: "a"),
            ])
    }
}
