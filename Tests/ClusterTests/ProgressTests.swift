import Identities
import Testing

@testable import Cluster
@testable import Results

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

@Suite("Progress on a terminal")
struct ProgressTextTests {
    private let progress = Progress(
        total: 840, done: 412, quarantined: 3, workers: 2, rate: 3.1, secondsToGo: 138, paused: nil)
    private let leaders = [
        Leader(
            task: "lexname", metric: "top1", name: "efficient 16 queries", mean: 0.8665, halfWidth: 0.0123,
            foldsDone: 4,
            folds: 10),
        Leader(
            task: "depth", metric: "kendall-tau", name: "linear mean", mean: 0.4224, halfWidth: nil, foldsDone: 1,
            folds: 1),
    ]

    @Test("A wide terminal shows a bar, all figures and the best row of each task with its interval")
    func wide() {
        let lines = ProgressText(progress: progress, elapsed: 72, leaders: leaders).lines(columns: 120)
        #expect(
            lines == [
                "███████████████████░░░░░░░░░░░░░░░░░░░░  49 %  412/840 units  3 quarantined  3.1/s  2 workers  1 m 12 s  "
                    + "2 m 18 s to go",
                "  lexname top-1 0.8665 ± 0.0123, 4 of 10 folds efficient 16 queries",
                "  depth   Kendall τ 0.4224                     linear mean",
            ])
    }

    @Test("No line is wider than any terminal, and share and units are the last to go", arguments: 1...140)
    func narrow(_ columns: Int) {
        for names in [leaders, []] {
            let lines = ProgressText(progress: progress, elapsed: 72, leaders: names).lines(columns: columns)
            #expect(lines.allSatisfy { $0.terminalWidth < max(2, columns) }, "\(lines)")
            if columns > 21 { #expect(lines[0].contains("49 %  412/840 units"), "\(lines)") }
        }
    }

    @Test("Why nothing moves has a line of its own, with other machines' control characters as escapes")
    func paused() {
        let waiting = Progress(
            total: 10, done: 4, quarantined: 0, workers: 1, rate: nil, secondsToGo: 5, paused: "disk\u{1B}[2K full")
        let lines = ProgressText(progress: waiting, elapsed: 1, leaders: []).lines(columns: 80)
        #expect(lines.last == #"  paused: disk\u{1B}[2K full"#)
        #expect(!lines[0].contains("to go"))
    }

    @Test("Wide characters take two columns")
    func wideCharacters() {
        #expect("語abc".terminalWidth == 5)
        #expect("語abc".fitted(to: 4) == "語a…")
        #expect("abc".fitted(to: 3) == "abc")
        #expect("abc".fitted(to: 0) == "")
    }
}

@Suite("Tables of sweeps and workers")
struct StatusTextTests {
    private let sweeps = [
        SweepStatus(
            number: SweepID(1), name: "birds",
            progress: Progress(
                total: 840, done: 412, quarantined: 3, workers: 2, rate: 3.1, secondsToGo: 138, paused: nil),
            leased: 12, isCancelled: false, reasons: [QuarantineReason(reason: "diverged\nat step 3", units: 3)],
            owner: "alice", priority: 2),
        SweepStatus(
            number: SweepID(12), name: "a-name-that-is-longer",
            progress: Progress(
                total: 8, done: 2, quarantined: 0, workers: 0, rate: nil, secondsToGo: nil, paused: nil,
                isCancelled: true),
            leased: 0, isCancelled: true, cancellation: "by bob"),
    ]

    @Test("A pipe gets every column that has something in it, and what is to be known below")
    func all() {
        #expect(
            StatusText.lines(sweeps, width: nil) == [
                "sweep                  no.  owner  priority    units       done  quarantined  leased   rate  workers"
                    + "     to go",
                "birds                    1  alice         2  412/840       49 %            3      12  3.1/s        2"
                    + "  2 m 18 s",
                "a-name-that-is-longer   12                       2/8  cancelled                                    0",
                "  birds (1): 3 quarantined: diverged",
                "  a-name-that-is-longer (12): by bob",
            ])
    }

    @Test("A terminal of any width gets no line that is wider", arguments: 1...130)
    func fits(_ width: Int) {
        let workers = [
            WorkerStatus(
                name: "worker-1", host: "node-7.example", state: "suspended", reason: "three passes failed", threads: 4,
                kernelPath: "avx512", programVersion: "1", finished: 12, failed: 3, held: 2, progress: 0.5, silence: 0)
        ]
        let lines = StatusText.lines(sweeps, width: width) + StatusText.lines(workers, width: width)
        #expect(lines.allSatisfy { $0.terminalWidth <= width }, "\(lines)")
    }

    @Test("The names of workers and what they do are kept longest")
    func workers() {
        let worker = WorkerStatus(
            name: "worker-1", host: "node-7.example", state: "active", reason: nil, threads: 4, kernelPath: "avx512",
            programVersion: "1", finished: 12, failed: 0, held: 2, progress: 0.5, silence: 0, stuck: "30 s at epoch 3")
        #expect(
            StatusText.lines([worker], width: 40) == [
                "worker    state   done  held  pass", "worker-1  active    12     2  50 %",
                "  worker-1: stuck: 30 s at epoch 3",
            ])
    }

    private let listed = [
        SweepListing(
            status: SweepStatus(
                number: SweepID(3), name: "a-name-that-is-longer",
                progress: Progress(
                    total: 8, done: 8, quarantined: 0, workers: 0, rate: nil, secondsToGo: nil, paused: nil),
                leased: 0, isCancelled: false, reasons: []),
            features: ["small, masked", "ViT-S", "MiniLM", "MiniLM"], samples: 2000)
    ]

    @Test("A sweep's features are told apart though their names hold commas, and each is named once")
    func features() {
        #expect(
            StatusText.lines(listed, width: nil) == [
                "sweep                  no.  units   done  samples  features",
                "a-name-that-is-longer    3      8  100 %     2000  “small, masked”, ViT-S, MiniLM (2 sets)",
            ])
    }

    @Test("A terminal that has no room for features' names has no column for them", arguments: 20...90)
    func narrow(_ width: Int) {
        let lines = StatusText.lines(listed, width: width)
        #expect(lines.allSatisfy { $0.terminalWidth <= width })
        // Below that, columns that always stay are cut.
        let always = 38
        #expect(width < always || !lines.contains { $0.hasSuffix("  …") }, "\(lines)")
    }
}
