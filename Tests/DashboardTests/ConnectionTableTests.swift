import Testing

@testable import Dashboard

@Suite("The connections of the dashboard")
struct ConnectionTableTests {
    private let start = ContinuousClock.now

    private func table(connections: Int = 8, slots: Int = 2, _ peers: [String]) -> ConnectionTable {
        var table = ConnectionTable(connections: connections, slots: slots, streams: 2)
        for (index, peer) in peers.enumerated() { _ = table.admit(from: peer, until: start + .seconds(index + 1)) }
        return table
    }

    @Test("The oldest connection of the peer that has the most is the one to close")
    func slowest() {
        var table = table(["b", "a", "a", "c"])
        #expect(table.slowest == 2)
        table.remove(2)
        #expect(table.slowest == 1)
    }

    @Test("A request that was accepted is not closed for a new connection")
    func accepted() {
        var table = table(connections: 2, ["a", "a"])
        #expect(table.isFull)
        table.move(1, to: .waiting)
        #expect(table.slowest == 2)
        table.move(2, to: .answering)
        #expect(table.slowest == nil)
        table.move(1, to: .sending)
        #expect(table.slowest == 1)
    }

    @Test("Slots go round the peers, and within a peer to the oldest request")
    func fairness() {
        var table = table(slots: 2, ["a", "a", "a", "b"])
        #expect(table.next == nil)
        for id in 1...4 { table.move(id, to: .waiting) }
        #expect(table.next == 1)
        table.move(1, to: .answering)
        #expect(table.next == 4)
        table.move(4, to: .answering)
        #expect(table.next == nil)
        table.move(1, to: .sending)
        #expect(table.next == 2)
    }

    @Test("Only a connection that is up to its peer runs out of time")
    func deadlines() {
        var table = table(["a", "b", "c"])
        table.move(1, to: .answering)
        #expect(table.firstDeadline == start + .seconds(2))
        #expect(table.expired(at: start + .seconds(2)) == [2])
        table.move(2, to: .draining, until: start + .seconds(9))
        #expect(table.expired(at: start + .seconds(5)) == [3])
    }

    @Test("Streams take no room from other connections, are not closed for new ones, and are bounded")
    func streams() {
        var table = table(connections: 2, ["a", "a", "a"])
        #expect(table.isFull && table.hasRoomForStream)
        table.move(1, to: .streaming)
        table.expect(1, until: nil)
        table.move(2, to: .streaming)
        table.expect(2, until: nil)
        #expect(!table.isFull && !table.hasRoomForStream && table.streaming == [1, 2])
        #expect(table.slowest == 3)
    }

    @Test("A stream runs out of time only while its peer has something to take, from the first that it did not")
    func streamDeadlines() {
        var table = table(["a"])
        table.move(1, to: .streaming)
        table.expect(1, until: nil)
        #expect(table.firstDeadline == nil && table.expired(at: start + .seconds(99)).isEmpty)
        table.expect(1, until: start + .seconds(5))
        table.expect(1, until: start + .seconds(9))
        #expect(table.firstDeadline == start + .seconds(5) && table.expired(at: start + .seconds(5)) == [1])
        table.expect(1, until: nil)
        #expect(table.expired(at: start + .seconds(99)).isEmpty)
    }
}
