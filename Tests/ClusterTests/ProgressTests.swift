import Testing

@testable import Cluster

@Suite("The progress line")
struct ProgressTests {
    @Test(
        "It tells units, rate, workers and time to go, and why nothing moves",
        arguments: [
            (
                Progress(total: 8, done: 0, quarantined: 8, workers: 1, rate: nil, secondsToGo: nil, paused: nil),
                "0/8 units   8 quarantined   100 %   1 worker"
            ),
            (
                Progress(total: 840, done: 412, quarantined: 0, workers: 2, rate: 3.1, secondsToGo: 138, paused: nil),
                "412/840 units   49 %   3.1/s   2 workers   2 m 18 s to go"
            ),
            (
                Progress(
                    total: 10, done: 4, quarantined: 1, workers: 1, rate: nil, secondsToGo: nil, paused: "disk full"),
                "4/10 units   1 quarantined   50 %   1 worker   paused: disk full"
            ),
            (
                Progress(total: 10, done: 9, quarantined: 1, workers: 0, rate: 12, secondsToGo: 5, paused: "settling"),
                "9/10 units   1 quarantined   100 %   12/s   0 workers"
            ),
            (
                Progress(
                    total: 280, done: 253, quarantined: 0, workers: 3, rate: nil, secondsToGo: nil, paused: "disk full",
                    isCancelled: true),
                "253 of 280, cancelled"
            ),
        ])
    func line(_ progress: Progress, _ expected: String) {
        #expect(progress.line == expected)
    }

    @Test(
        "Durations are told in the two largest units",
        arguments: [(0.2, "1 s"), (75, "1 m 15 s"), (11_100, "3 h 5 m")])
    func duration(_ seconds: Double, _ expected: String) {
        #expect(Progress.duration(seconds) == expected)
    }
}
