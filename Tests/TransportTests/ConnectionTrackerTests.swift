import Foundation
import TestKit
import Testing

@testable import Transport

@Suite struct ConnectionTrackerTests {
    private let first = connection(1)
    private let second = connection(2)
    private let third = connection(3)

    @Test("A connection is alive from its first message, and its loss is reported a turn after its event")
    func life() {
        var tracker = ConnectionTracker()
        #expect(tracker.onTurn(senders: [(first, 9)], events: [.accepted(descriptor: 9)], reading: .drained).isEmpty)
        #expect(tracker.contains(first) && tracker.count == 1)
        #expect(tracker.onTurn(senders: [], events: [.disconnected(descriptor: 9)], reading: .drained).isEmpty)
        #expect(!tracker.contains(first) && tracker.isExpectingLoss)
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained) == [first])
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained).isEmpty)
        #expect(tracker.count == 0 && !tracker.isExpectingLoss)
    }

    @Test("A descriptor that is used again within one turn is the newcomer's")
    func reuseInOneTurn() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 9)], events: [.accepted(descriptor: 9)], reading: .drained)
        let events: [SocketMonitor.Event] = [.disconnected(descriptor: 9), .accepted(descriptor: 9)]
        #expect(tracker.onTurn(senders: [(second, 9)], events: events, reading: .drained).isEmpty)
        #expect(tracker.contains(second) && !tracker.contains(first))
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained) == [first])
        #expect(tracker.contains(second))
    }

    @Test("A newcomer on a descriptor proves the loss of the connection that had it, without an event")
    func reuseWithoutEvent() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 9)], events: [], reading: .drained)
        _ = tracker.onTurn(senders: [(second, 9)], events: [], reading: .drained)
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained) == [first])
        #expect(tracker.contains(second) && tracker.count == 1)
    }

    @Test(
        "Of two newcomers on one descriptor the later lives, in whichever order they are read",
        arguments: [true, false])
    func twoNewcomers(laterFirst: Bool) {
        var tracker = ConnectionTracker()
        let order = laterFirst ? [second, first] : [first, second]
        _ = tracker.onTurn(senders: order.map { (connection: $0, descriptor: 9) }, events: [], reading: .drained)
        #expect(tracker.contains(second) && !tracker.contains(first))
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained) == [first])
    }

    @Test("The order of connections survives an overrun of their count")
    func overrun() {
        #expect(connection4(0).isLater(than: connection4(.max)))
        #expect(!connection4(.max).isLater(than: connection4(0)))
        #expect(!connection4(5).isLater(than: connection4(5)))
    }

    @Test("A connection whose first message and end fall into one turn is lost")
    func shortLife() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(
            senders: [(first, 9)], events: [.accepted(descriptor: 9), .disconnected(descriptor: 9)], reading: .drained)
        #expect(!tracker.contains(first))
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained) == [first])
    }

    @Test("Last words that are read after the loss revive nobody and take no newcomer's place")
    func lastWordsBehindReuse() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 9)], events: [], reading: .drained)
        // The consumer is behind: nothing is read while the first leaves and the second takes its descriptor.
        let events: [SocketMonitor.Event] = [.disconnected(descriptor: 9), .accepted(descriptor: 9)]
        #expect(tracker.onTurn(senders: [], events: events, reading: .paused).isEmpty)
        #expect(tracker.onTurn(senders: [], events: [], reading: .paused).isEmpty)
        #expect(tracker.onTurn(senders: [(second, 9), (first, 9)], events: [], reading: .partial).isEmpty)
        #expect(tracker.contains(second) && !tracker.contains(first))
        #expect(tracker.onTurn(senders: [(second, 9)], events: [], reading: .partial) == [first])
        // With more peers than a turn has messages, a word may be later still.
        #expect(tracker.hasEnded(first))
        #expect(tracker.onTurn(senders: [(first, 9)], events: [], reading: .partial).isEmpty)
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained).isEmpty)
        #expect(tracker.contains(second) && tracker.count == 1)
    }

    @Test("A loss waits until a turn has read everything, or nothing of that connection")
    func order() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 8), (second, 9)], events: [], reading: .drained)
        let events: [SocketMonitor.Event] = [.disconnected(descriptor: 8), .disconnected(descriptor: 9)]
        #expect(tracker.onTurn(senders: [(third, 7)], events: events, reading: .partial).isEmpty)
        #expect(tracker.onTurn(senders: [(first, 8)], events: [], reading: .partial) == [second])
        #expect(tracker.onTurn(senders: [], events: [], reading: .paused).isEmpty)
        #expect(tracker.onTurn(senders: [(third, 7)], events: [], reading: .drained) == [first])
    }

    @Test("An abandoned connection is not lost again when ZeroMQ announces its end")
    func abandoned() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 9)], events: [], reading: .drained)
        #expect(tracker.abandon(first) == 9)
        #expect(tracker.abandon(first) == nil)
        #expect(!tracker.contains(first) && tracker.hasEnded(first) && tracker.count == 0)
        #expect(tracker.onTurn(senders: [(first, 9)], events: [], reading: .drained).isEmpty)
        #expect(!tracker.contains(first))
        #expect(tracker.onTurn(senders: [], events: [.disconnected(descriptor: 9)], reading: .drained).isEmpty)
        #expect(tracker.hasEnded(first))
        #expect(tracker.onTurn(senders: [(second, 9)], events: [.accepted(descriptor: 9)], reading: .drained).isEmpty)
        #expect(tracker.contains(second) && !tracker.hasEnded(first))
    }

    @Test("An unreachable connection is reported once, after its last words")
    func unreachable() {
        var tracker = ConnectionTracker()
        _ = tracker.onTurn(senders: [(first, 9)], events: [], reading: .drained)
        tracker.onUnreachable(first)
        tracker.onUnreachable(first)
        #expect(
            tracker.onTurn(senders: [(first, 9)], events: [.disconnected(descriptor: 9)], reading: .drained) == [first])
        #expect(tracker.onTurn(senders: [], events: [], reading: .drained).isEmpty)
    }

    @Test(
        "Against a model of peers and descriptors: each loss once, never a living one, in the end all",
        arguments: 1...40)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var world = DescriptorWorld()
        var tracker = ConnectionTracker()
        var lost: [ConnectionID] = []
        for _ in 0..<2_000 {
            let turn = world.turn(&random)
            let reported = tracker.onTurn(senders: turn.senders, events: turn.events, reading: turn.reading)
            for connection in reported { #expect(!world.isAlive(connection), "\(connection) is alive.") }
            lost += reported
        }
        world.killAll()
        for _ in 0..<3 {
            let turn = world.turn(&random, quiet: true)
            lost += tracker.onTurn(senders: turn.senders, events: turn.events, reading: turn.reading)
        }
        #expect(Set(lost).count == lost.count, "A loss was reported twice.")
        #expect(tracker.count == 0)
        #expect(Set(lost) == world.heard)
    }
}

/// Peers that come, speak and go on few descriptors, as ZeroMQ would tell of them.
private struct DescriptorWorld {
    private var alive: [Int32: ConnectionID] = [:]
    private var unread: [(ConnectionID, Int32)] = []
    private var events: [SocketMonitor.Event] = []
    private var issued: UInt32 = 0
    private(set) var heard: Set<ConnectionID> = []

    func isAlive(_ connection: ConnectionID) -> Bool { alive.values.contains(connection) }

    mutating func killAll() {
        for descriptor in alive.keys.sorted() { kill(descriptor) }
    }

    /// What happened since the last turn, then what this turn reads of it, then what happens before its events are
    /// read.
    mutating func turn(
        _ random: inout SeededGenerator, quiet: Bool = false
    ) -> (
        senders: [(connection: ConnectionID, descriptor: Int32)], events: [SocketMonitor.Event],
        reading: ConnectionTracker.Reading
    ) {
        if !quiet { happen(&random) }
        let reading: ConnectionTracker.Reading =
            quiet ? .drained : [.paused, .partial, .drained].randomElement(using: &random)!
        let senders = read(reading, &random)
        heard.formUnion(senders.map(\.0))
        if !quiet { happen(&random) }
        defer { events = [] }
        return (senders.map { (connection: $0.0, descriptor: $0.1) }, events, reading)
    }

    /// Peers in any order, the words of each in theirs; a part of all is a word of everybody.
    private mutating func read(
        _ reading: ConnectionTracker.Reading, _ random: inout SeededGenerator
    ) -> [(ConnectionID, Int32)] {
        if reading == .paused { return [] }
        var read: [(ConnectionID, Int32)] = []
        var left: [(ConnectionID, Int32)] = []
        for word in unread {
            if reading == .partial && read.contains(where: { $0.0 == word.0 }) {
                left.append(word)
            } else {
                read.append(word)
            }
        }
        unread = left
        return read.shuffled(using: &random)
    }

    private mutating func happen(_ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            let descriptor = Int32.random(in: 1...4, using: &random)
            guard let connection = alive[descriptor] else {
                issued += 1
                alive[descriptor] = connection4(issued)
                events.append(.accepted(descriptor: descriptor))
                continue
            }
            if Bool.random(using: &random) { unread.append((connection, descriptor)) } else { kill(descriptor) }
        }
    }

    private mutating func kill(_ descriptor: Int32) {
        alive[descriptor] = nil
        events.append(.disconnected(descriptor: descriptor))
    }
}

func connection(_ number: UInt8) -> ConnectionID { connection4(UInt32(number)) }

private func connection4(_ number: UInt32) -> ConnectionID {
    withUnsafeBytes(of: number.bigEndian) { ConnectionID(routingID: Data([0]) + Data($0))! }
}
