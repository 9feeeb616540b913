import Identities
import Scheduling
import SwiftProtobuf
import Testing
import Transport

@testable import Cluster

@Suite("The order in which workers are sent messages")
struct SendOrderTests {
    private let here = Address(number: 1)
    private let there = Address(number: 2)
    private let first = Attempt(number: 1)
    private let second = Attempt(number: 2)
    private let beat = SendOrder.Body.beat(WireBeat())
    private let drain = SendOrder.Body.drain(WireDrain())

    /// A macro cannot call what mutates.
    private final class Stage {
        var order = SendOrder()
        func admits(_ body: SendOrder.Body, to address: Address) -> Bool { order.admits(body, to: address) }
        func release(_ lease: Attempt, at address: Address, as body: SendOrder.Body?) -> [SendOrder.Body] {
            order.release(lease, at: address, as: body)
        }
    }

    private func lease(_ attempt: Attempt) -> SendOrder.Body { .lease(.with { $0.attempt = attempt.number }) }

    @Test("What is meant for an address waits behind a lease that is being read; other addresses do not")
    func behind() {
        let order = Stage()
        order.order.hold(here, for: first)
        #expect(!order.admits(beat, to: here))
        #expect(order.admits(drain, to: there))
        #expect(order.release(first, at: here, as: lease(first)) == [lease(first), beat])
        #expect(order.admits(drain, to: here))
    }

    @Test("Two leases leave in the order in which they were ordered, whichever is read first")
    func twoLeases() {
        let order = Stage()
        order.order.hold(here, for: first)
        order.order.hold(here, for: second)
        #expect(!order.admits(beat, to: here))
        #expect(order.release(second, at: here, as: lease(second)) == [])
        #expect(order.release(first, at: here, as: lease(first)) == [lease(first), lease(second), beat])
    }

    @Test("A lease that cannot be read lets what waits behind it go")
    func unreadable() {
        let order = Stage()
        order.order.hold(here, for: first)
        #expect(!order.admits(drain, to: here))
        #expect(order.release(first, at: here, as: nil) == [drain])
        #expect(order.admits(beat, to: here))
    }

    @Test("Nothing is sent to a connection that is gone, and nothing is kept of it")
    func lost() {
        let order = Stage()
        order.order.hold(here, for: first)
        #expect(!order.admits(drain, to: here))
        order.order.forget(here)
        #expect(order.release(first, at: here, as: lease(first)) == [])
        #expect(order.admits(beat, to: here))
    }
}
