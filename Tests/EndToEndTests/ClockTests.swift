import Foundation
import TestKit
import Testing

@Suite("Clocks that jump")
struct ClockTests {
    @Test(
        "When the wall clock jumps by an hour, forwards and back, no worker is lost and nothing is leased again",
        .enabled(if: SteppedClock.refusal == nil, "\(SteppedClock.refusal ?? "")"))
    func steps() throws {
        let campaign = try Campaign(repeats: 8)
        let clock = try SteppedClock(in: campaign.folder.url)
        let cluster = try LiveCluster(in: campaign.folder.url, clock: clock)
        // One worker: at the end of the work several would train units twice on purpose.
        try cluster.startWorker(1)
        let client = try cluster.submit(campaign.specification)
        for (step, share) in [(3_600, 0.1), (-3_600, 0.4), (0, 0.7)] {
            try cluster.waitUntil("units are done") {
                Double(try cluster.ledger.resultCount()) >= share * Double(campaign.sweep.units)
            }
            try clock.step(by: step)
            // Longer than silence is borne: what counted by the wall clock would end within this.
            Thread.sleep(forTimeInterval: 4.5)
        }
        let hours = try cluster.ledger.hours()
        try campaign.finish(client, cluster)
        #expect(Set(hours).count > 1, "No result was entered under a stepped clock: \(hours)")
        let events = ["worker lost", "lease vanished", "lease adopted", "duplicates dropped", "unit charged"]
        let lines = try cluster.coordinatorLogSoFar().split(separator: "\n")
        #expect(lines.filter { line in events.contains { line.contains($0) } } == [])
    }
}
