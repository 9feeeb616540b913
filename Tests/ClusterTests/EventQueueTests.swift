import Foundation
import Testing

@testable import Cluster

@Suite("The door into a service")
struct EventQueueTests {
    @Test("Everything that many threads post arrives once, each thread's in its order")
    func everything() {
        let queue = EventQueue<Int>()
        let (threads, each) = (4, 5_000)
        for thread in 0..<threads {
            Thread.detachNewThread { for number in 0..<each { queue.post(thread * each + number) } }
        }
        var taken: [Int] = []
        while taken.count < threads * each { taken += queue.takeAll(within: 1_000_000_000) }
        for thread in 0..<threads {
            let range = thread * each..<(thread + 1) * each
            #expect(taken.filter(range.contains) == Array(range))
        }
        #expect(queue.takeAll(within: 0).isEmpty)
    }

    @Test("Nothing comes of a wait in vain, nor of one for no time", arguments: [0, -5, 1_000_000] as [Int64])
    func inVain(nanoseconds: Int64) {
        #expect(EventQueue<Int>().takeAll(within: nanoseconds).isEmpty)
    }

    @Test("A wait ends by what is posted and not by its time")
    func wakes() {
        let queue = EventQueue<Int>()
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.05)
            queue.post(1)
        }
        #expect(queue.takeAll(within: .max) == [1])
    }
}
