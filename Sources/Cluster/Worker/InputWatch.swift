import Foundation
import Identities
import Logging
import Scheduling
import Synchronization
import Training
import Transport
import Units

/// Looks, on a thread of its own, whether this machine can read what the coordinator asks for, and looks again every few
/// seconds: mounts come and go.
final class InputWatch: Sendable {
    /// What changed is told once more so many looks later, in case the first answer was lost on its way.
    private static let looksToRepetition = 6
    /// What can be read is looked at only every so many looks: it is checked when it is used.
    private static let looksPerFullLook = 12

    private enum Job: Sendable {
        case watch([InputQuery])
        case fault(String, [InputContent])
    }

    private let roots: [String]
    /// Seconds between two looks.
    private let interval: Double
    private let tell: @Sendable (Worker.Event) -> Void
    private let logger: Logger
    private let jobs = EventQueue<Job>()
    /// Every folder in which a client saw features.
    private let knownFolders = Mutex<[String]>([])

    init(roots: [String], interval: Double = 5, logger: Logger, tell: @escaping @Sendable (Worker.Event) -> Void) {
        self.roots = roots
        self.interval = interval
        self.logger = logger
        self.tell = tell
        let thread = Thread { [self] in run() }
        thread.name = "inputs"
        thread.start()
    }

    func watch(_ queries: [InputQuery]) { jobs.post(.watch(queries)) }

    /// The inputs were read and are not what they should be. The coordinator is told at once.
    func report(_ problem: String, of contents: [InputContent]) {
        let problem = Self.shortened(problem)
        tell(.inputsChecked(contents.map { InputState(id: InputID(of: $0.form), problem: problem) }, roots: roots))
        jobs.post(.fault(problem, contents))
    }

    /// Many folders may have been looked into.
    static func shortened(_ problem: String) -> String { problem.count > 1_000 ? problem.prefix(999) + "…" : problem }

    /// Where features may lie: a lease's own folder, then all others that clients named.
    func folders(_ first: String) -> [String] { [first] + knownFolders.withLock { $0.filter { $0 != first } } }

    private func run() {
        var looker = InputLooker(roots: roots)
        var looks = 0
        var changed: Set<InputID> = []
        while true {
            let jobs = jobs.takeAll(within: Int64(interval * 1e9))
            var asked: Set<InputID> = []
            for job in jobs {
                switch job {
                case .watch(let queries):
                    asked.formUnion(queries.map(\.id))
                    looker.add(queries)
                    knownFolders.withLock { $0 = looker.folders }
                case .fault(let problem, let contents): looker.hold(problem, against: contents)
                }
            }
            looks += 1
            let isFull = !jobs.isEmpty || looks % Self.looksPerFullLook == 0
            let repeated = looks % Self.looksToRepetition == 0 ? changed : []
            let news = looker.look(isFull: isFull) { asked.contains($0) || repeated.contains($0) }
            changed = changed.union(news.map(\.id)).subtracting(repeated)
            log(looker.changes)
            if !news.isEmpty { tell(.inputsChecked(news, roots: roots)) }
        }
    }
}

extension InputWatch {
    /// One line for each reason: a missing mount hides many layers at once.
    private func log(_ changes: InputLooker.Changes) {
        for (problem, count) in changes.problems.sorted(by: { $0.key < $1.key }) {
            logger.warning(
                "units of the sweep cannot be trained here until this is mended",
                metadata: ["inputs": "\(count)", "reason": "\(problem)"])
        }
        if changes.mended > 0 { logger.info("can be read now", metadata: ["inputs": "\(changes.mended)"]) }
    }
}

/// What is looked for, and how it was found last.
private struct InputLooker {
    private struct Watched {
        let content: InputContent?
        var folders: [String]
        /// Nil before the first look.
        var state: InputState?
    }

    private var check: InputCheck
    private var watched: [InputID: Watched] = [:]
    private(set) var folders: [String] = []
    /// What the last look found.
    private(set) var changes = Changes()

    struct Changes {
        /// How many inputs became unreadable for a reason.
        var problems: [String: Int] = [:]
        var mended = 0
    }

    init(roots: [String]) { check = InputCheck(roots: roots) }

    mutating func add(_ queries: [InputQuery]) {
        for query in queries {
            let content = watched[query.id]?.content ?? (try? InputContent(json: query.content))
            watched[query.id] = Watched(
                content: content, folders: query.folders, state: watched[query.id]?.state)
            folders += query.folders.filter { !folders.contains($0) }
        }
    }

    mutating func hold(_ problem: String, against contents: [InputContent]) {
        for content in contents {
            let id = InputID(of: content.form)
            check.hold(problem, against: id, content, folders: watched[id]?.folders ?? folders)
        }
    }

    /// - Parameter isFull: whether to look also at what could be read at the last look.
    /// - Returns: what has changed since the last look, or is due.
    mutating func look(isFull: Bool, _ isDue: (InputID) -> Bool) -> [InputState] {
        var news: [InputState] = []
        changes = Changes()
        for (id, old) in watched.sorted(by: { $0.key.text < $1.key.text }) {
            if !isFull, !isDue(id), let state = old.state, state.problem == nil { continue }
            let problem =
                old.content.map { check.problem(of: id, $0, folders: old.folders) }
                ?? "this version of ProbeSweep cannot read what the units need"
            let state = InputState(id: id, problem: problem.map(InputWatch.shortened))
            if state != old.state || isDue(id) { news.append(state) }
            if let problem, old.state?.problem != problem { changes.problems[problem, default: 0] += 1 }
            if problem == nil, old.state?.problem != nil { changes.mended += 1 }
            watched[id]?.state = state
        }
        return news
    }
}
