import Cluster
import Testing

@Suite("Which processor a thread keeps to")
struct PinningTests {
    @Test("By default only a worker with all of many processors pins its threads")
    func auto() {
        #expect(Pinning.auto.processors(threads: 16, allowed: Array(4..<20)) == Array(4..<20))
        #expect(Pinning.auto.processors(threads: 15, allowed: Array(0..<16)) == [])
        #expect(Pinning.auto.processors(threads: 17, allowed: Array(0..<16)) == [])
        #expect(Pinning.auto.processors(threads: 8, allowed: Array(0..<8)) == [])
    }

    @Test(
        "On pins whatever there is, going round where threads outnumber processors, but for one thread; off never does")
    func forced() {
        #expect(Pinning.on.processors(threads: 2, allowed: [3, 7, 9]) == [3, 7])
        #expect(Pinning.on.processors(threads: 5, allowed: [3, 7]) == [3, 7, 3, 7, 3])
        #expect(Pinning.on.processors(threads: 2, allowed: []) == [])
        #expect(Pinning.on.processors(threads: 1, allowed: [3, 7]) == [])
        #expect(Pinning.off.processors(threads: 16, allowed: Array(0..<16)) == [])
    }
}
