import Foundation
import KernelFiles
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

@Suite("Messages without end") struct SoakTests {
    /// Ten thousand messages in every run, ten million where PROBESWEEP_LONG_TESTS is set.
    private static let messages = isLongRun ? 10_000_000 : 10_000
    /// Messages under way at once.
    private static let window = 100

    /// In a process of its own, since other suites take memory and descriptors as well.
    @Test("Memory and descriptors stay flat while messages come and go, and each arrives once, in order")
    func soak() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            try await Self.talk()
        }
        if isLongRun { print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)) }
    }

    private static func talk() async throws {
        let coordinator = try TestCoordinator()
        let worker = try coordinator.peer()
        try await worker.hello()
        _ = try await coordinator.events.message()
        var early: Footprint?
        for start in stride(from: 0, to: messages, by: window) {
            for number in start..<start + window {
                try worker.dealer.send(
                    .returned(
                        .with {
                            $0.attempt = UInt64(number)
                            $0.keys = [Data(repeating: 7, count: 32)]
                        }))
            }
            for number in start..<start + window {
                #expect(try await coordinator.events.message().0.worker.returned.attempt == UInt64(number))
            }
            if early == nil, start >= messages / 5 { early = try Footprint() }
        }
        let (first, last) = (try #require(early), try Footprint())
        // Two kilobytes that each message leaves behind are more than that, and in the long run two bytes.
        #expect(last.bytes - first.bytes < 16 << 20)
        #expect(last.descriptors - first.descriptors < 16)
        #expect(coordinator.router.statistics.connections == 1)
        #expect(coordinator.router.statistics.messagesDropped == 0)
        if isLongRun { print("\(messages) messages: from \(first) to \(last)") }
        await worker.close()
        await coordinator.close()
    }
}

/// What this process holds.
private struct Footprint {
    /// Resident.
    let bytes: Int
    let descriptors: Int

    init() throws {
        let pages = try #require(KernelFile.text("/proc/self/statm")).split(separator: " ")
        bytes = (Int(pages[1]) ?? 0) * Int(getpagesize())
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}
