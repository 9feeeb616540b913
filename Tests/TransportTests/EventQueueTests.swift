import Foundation
import Synchronization
import Testing

@testable import Transport

@Suite("The queue of a service")
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

    @Test("A wait ends by what is posted and not by its time", arguments: [false, true])
    func wakes(bySocket: Bool) {
        let queue = EventQueue<Int>()
        let sink = queue.sink(capacity: (10, 10), as: { $0 }, onTaken: {})
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 0.05)
            if bySocket { sink.append([1]) } else { queue.post(1) }
        }
        #expect(queue.takeAll(within: .max) == [1])
    }

    @Test("What sockets deliver and what others post is taken in the order in which it came")
    func order() {
        let queue = EventQueue<String>()
        let one = queue.sink(capacity: (10, 10), as: { (number: Int) in "one \(number)" }, onTaken: {})
        let two = queue.sink(capacity: (10, 10), as: { (number: Int) in "two \(number)" }, onTaken: {})
        one.append([1, 2])
        queue.post("timer")
        two.append([1])
        one.append([3])
        #expect(queue.takeAll(within: 0) == ["one 1", "one 2", "timer", "two 1", "one 3"])
    }

    @Test("A socket's share is full by its events or by their bytes, and what is read off the socket is taken still")
    func bounds() {
        let queue = EventQueue<Int>()
        let sink = queue.sink(capacity: (events: 3, bytes: 100), as: { $0 }, onTaken: {})
        sink.append([1, 2], bytes: 99)
        #expect(!sink.isFull)
        sink.append([3], bytes: 0)
        #expect(sink.isFull)
        #expect(queue.takeAll(within: 0) == [1, 2, 3])
        #expect(!sink.isFull)
        sink.append([4], bytes: 100)
        #expect(sink.isFull)
        sink.append([5, 6, 7])
        #expect(queue.takeAll(within: 0) == [4, 5, 6, 7])
        #expect(!sink.isFull)
    }

    @Test("What is not from the socket is neither counted nor held up, and another socket's share is its own")
    func shares() {
        let queue = EventQueue<Int>()
        let one = queue.sink(capacity: (2, 100), as: { $0 }, onTaken: {})
        let two = queue.sink(capacity: (2, 100), as: { $0 }, onTaken: {})
        for number in 0..<1_000 { queue.post(number) }
        #expect(!one.isFull && !two.isFull)
        one.append([1_000, 1_001])
        #expect(one.isFull && !two.isFull)
        queue.post(1_002)
        two.append([1_003])
        #expect(!two.isFull)
        #expect(queue.takeAll(within: 0) == Array(0...1_003))
    }

    @Test("The thread of a full share is woken once the queue is emptied, and nobody else's")
    func wakesSocket() {
        let woken = Mutex<[Int]>([])
        let queue = EventQueue<Int>()
        let sinks = (0..<3).map { number in
            queue.sink(capacity: (2, 100), as: { $0 }, onTaken: { woken.withLock { $0.append(number) } })
        }
        sinks[0].append([1])
        sinks[1].append([1, 2])
        #expect(woken.withLock { $0 } == [])
        _ = queue.takeAll(within: 0)
        #expect(woken.withLock { $0 } == [1])
        queue.post(3)
        _ = queue.takeAll(within: 0)
        #expect(woken.withLock { $0 } == [1])
    }

    @Test("A socket that stops reading while its share is full never has more than that and a turn in the queue")
    func backpressure() {
        let (capacity, turn, count) = (64, 16, 20_000)
        let queue = EventQueue<Int>()
        let mayRead = DispatchSemaphore(value: 0)
        let sink = queue.sink(capacity: (capacity, .max), as: { $0 }, onTaken: { mayRead.signal() })
        Thread.detachNewThread {
            for start in stride(from: 0, to: count, by: turn) {
                while sink.isFull { mayRead.wait() }
                sink.append(Array(start..<start + turn))
            }
        }
        var taken: [Int] = []
        var vain = 0
        while taken.count < count, vain < 60 {
            let batch = queue.takeAll(within: 1_000_000_000)
            #expect(batch.count < capacity + turn)
            taken += batch
            vain = batch.isEmpty ? vain + 1 : 0
        }
        #expect(taken == Array(0..<count))
    }
}
