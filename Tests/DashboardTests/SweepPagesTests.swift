import Foundation
import Identities
import Synchronization
import Testing

@testable import Dashboard

@Suite("Reports on the coordinator's page")
struct SweepPagesTests {
    @Test("Few are made at a time, and whoever else asks is told to come again instead of waiting")
    func bounded() async throws {
        let (begun, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let pages = SweepPages { sweep in
            begun.signal()
            release.wait()
            return "report \(sweep)"
        }
        let answers = Mutex<[SweepPages.Answer]>([])
        for number in [1, 2] as [Int64] {
            Thread.detachNewThread {
                let answer = pages.answer(SweepID(number))
                answers.withLock { $0.append(answer) }
                begun.signal()
            }
            begun.wait()
        }
        #expect(pages.answer(SweepID(1)) == .beingMade)
        #expect(pages.answer(SweepID(3)) == .beingMade)
        for _ in 0..<2 { release.signal() }
        for _ in 0..<2 { begun.wait() }
        #expect(answers.withLock { $0.count } == 2)
        #expect(pages.answer(SweepID(1)) == .report("report 1"))
    }

    @Test("A report is made once for a while, and the oldest are made again first")
    func kept() {
        let made = Mutex<[Int64]>([])
        let pages = SweepPages { sweep in
            made.withLock { $0.append(Int64("\(sweep)") ?? 0) }
            return sweep == SweepID(9) ? nil : "report"
        }
        for number in [1, 1, 2, 3, 4, 5, 5, 2, 1] as [Int64] {
            #expect(pages.answer(SweepID(number)) == .report("report"))
        }
        #expect(made.withLock { $0 } == [1, 2, 3, 4, 5, 1])
        #expect(pages.answer(SweepID(9)) == .none)
    }
}
