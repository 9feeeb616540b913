package import Scheduling

/// Decides which workers an engine is to start and which to let go: a pure state machine.
///
/// There are never more starts outstanding, queued ones included, than workers are wanted, that is
/// `min(atMost, max(atLeast, facts.wanted))`. Workers that have nothing to do leave by themselves, and a worker that has
/// ended is replaced while it is wanted. Starts that fail are tried again after pauses that double.
package struct Fleet: Sendable {
    package let settings: FleetSettings
    private var members: [Member]
    /// Failures of all members, where one's are those of all.
    private var common = StartHistory()
    private var facts = Facts(wanted: 0, joined: [:])
    /// Since when the coordinator has answered without a longer silence; nil while it is silent.
    private var heardSince: Instant?
    /// Consecutive rounds of failures since a worker had joined last.
    private var failuresWithoutWorker = 0
    private var isStopping = false
    private var isGivenUp = false

    /// - Parameter jobs: jobs that an earlier process of this launch started, by member.
    package init(_ settings: FleetSettings, resuming jobs: [String: JobID] = [:], at now: Instant) {
        self.settings = settings
        members = settings.members.map { name in
            let start = jobs[name].map { Member.Start(job: $0, stage: .queued, submitted: now) }
            return Member(name: name, start: start)
        }
    }

    /// The jobs that have not ended, by member.
    package var jobs: [String: JobID] {
        Dictionary(uniqueKeysWithValues: members.compactMap { member in member.start?.job.map { (member.name, $0) } })
    }

    /// Members that are there or on their way.
    package var outstanding: Int { members.reduce(0) { $0 + ($1.isOutstanding ? 1 : 0) } }

    /// Members whose worker has joined and is known to the coordinator.
    package var joined: Int {
        members.reduce(0) { $0 + ($1.start?.hasJoined == true && facts.joined[$1.name]?.isEmpty == false ? 1 : 0) }
    }

    /// Members whose worker the engine runs.
    package var running: Int { members.reduce(0) { $0 + ($1.start?.stage == .running ? 1 : 0) } }

    /// Members that are left out.
    package var leftOut: Int { members.reduce(0) { $0 + (isLeftOut($1) ? 1 : 0) } }

    /// What failed last, unless a start has gone well since.
    package var lastFailure: Failure? {
        let failing = (members.map(\.history) + [common]).filter { $0.failures > 0 }
        return failing.max { ($0.lastFailure?.nanoseconds ?? 0) < ($1.lastFailure?.nanoseconds ?? 0) }?.last
    }

    /// Whether every start has come to its end.
    package var isEmpty: Bool { members.allSatisfy { $0.start == nil } }

    package mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        var directives: [Directive] = []
        switch event {
        case .facts(let facts): directives += learn(facts, at: now)
        case .silent:
            // One that is away knows of nobody who joins.
            heardSince = nil
            return []
        case .jobs(let states): directives += learn(states, at: now)
        case .submitted(let member, let job): change(member) { $0.start?.accept(job) }
        case .refused(let member, let reason):
            directives += index(of: member).map { fail($0, .refused(reason), at: now) } ?? []
        case .withdrawn(let member):
            change(member) { $0.start = nil }
            // Decided anew with the next event, or it would be ordered again at once.
            return []
        case .stop: isStopping = true
        case .tick: break
        }
        return directives + decide(at: now)
    }
}

// MARK: What is known

extension Fleet {
    private mutating func learn(_ facts: Facts, at now: Instant) -> [Directive] {
        self.facts = facts
        heardSince = heardSince ?? now
        var directives: [Directive] = []
        for index in members.indices {
            let processes = facts.joined[members[index].name] ?? []
            let isNew = !processes.isSubset(of: members[index].known)
            members[index].known.formUnion(processes)
            guard isNew, members[index].start?.hasJoined == false else { continue }
            members[index].start?.hasJoined = true
            failuresWithoutWorker = 0
            directives.append(.report(.joined(member: members[index].name)))
        }
        return directives
    }

    private mutating func learn(_ states: [JobID: JobState], at now: Instant) -> [Directive] {
        var directives: [Directive] = []
        for index in members.indices {
            guard let job = members[index].start?.job else { continue }
            switch states[job] {
            case .queued: members[index].start?.wait()
            case .running: members[index].start?.run(at: now)
            case .ended(let end): directives += finish(index, end, at: now)
            case nil: directives += finish(index, .interrupted("the engine does not know it", lastWords: nil), at: now)
            }
        }
        return directives
    }

    private mutating func finish(_ index: Int, _ end: JobEnd, at now: Instant) -> [Directive] {
        guard let start = members[index].start else { return [] }
        if start.stage == .cancelling {
            members[index].start = nil
            return []
        }
        guard isFailure(end, of: members[index], at: now) else {
            let name = members[index].name
            members[index].start = nil
            succeed(index, start)
            return [.report(.ended(member: name, end))]
        }
        return fail(index, .ended(end), at: now)
    }

    /// A worker that had joined and is ended from outside is no failure of its start: the coordinator finds whether a
    /// unit is to blame.
    private func isFailure(_ end: JobEnd, of member: Member, at now: Instant) -> Bool {
        guard member.start?.hasJoined == true else { return true }
        guard case .failed = end else { return false }
        return member.life(at: now) < settings.settledLife
    }

    /// Ends a start that came to nothing.
    private mutating func fail(_ index: Int, _ fault: Failure.Fault, at now: Instant) -> [Directive] {
        let submitted = members[index].start?.submitted ?? now
        members[index].start = nil
        let failure = Failure(member: members[index].name, fault: fault, times: 1)
        guard settings.failing == .slowsFleet else {
            let pause = members[index].history.fail(failure, submitted: submitted, at: now, settings)
            let isLeftOut = isLeftOut(members[index])
            return [
                .report(
                    isLeftOut
                        ? .leftOut(member: failure.member, fault, pause: pause)
                        : .failed(member: failure.member, fault, pause: pause))
            ]
        }
        let rounds = common.failures
        let pause = common.fail(failure, submitted: submitted, at: now, settings)
        if common.failures > rounds, joined == 0 { failuresWithoutWorker += 1 }
        return [.report(.failed(member: failure.member, fault, pause: pause))]
    }

    private func index(of member: String) -> Int? { members.firstIndex { $0.name == member } }

    private mutating func change(_ member: String, _ body: (inout Member) -> Void) {
        if let index = index(of: member) { body(&members[index]) }
    }
}

// MARK: What is decided

extension Fleet {
    /// Workers that there should be.
    package var wanted: Int { isStopping || isGivenUp ? 0 : min(settings.atMost, max(settings.atLeast, facts.wanted)) }

    private mutating func decide(at now: Instant) -> [Directive] {
        if isStopping || isGivenUp { return cancel { _ in true } }
        settle(at: now)
        var directives = abandonSilent(at: now)
        if let failure = finalFailure {
            isGivenUp = true
            return directives + [.giveUp(failure)] + cancel { _ in true }
        }
        directives += cancelSurplus()
        while outstanding < wanted, let index = nextToStart(at: now) {
            members[index].start = Member.Start(submitted: now)
            directives.append(.submit(member: members[index].name))
        }
        return directives
    }

    /// A start that has lived long enough clears the failures before it.
    private mutating func settle(at now: Instant) {
        for index in members.indices {
            guard let start = members[index].start, start.hasJoined,
                members[index].life(at: now) >= settings.settledLife
            else { continue }
            succeed(index, start)
        }
    }

    private mutating func succeed(_ index: Int, _ start: Member.Start) {
        members[index].history.succeed(submitted: start.submitted)
        common.succeed(submitted: start.submitted)
    }

    /// Gives up starts that run and have not joined.
    private mutating func abandonSilent(at now: Instant) -> [Directive] {
        var directives: [Directive] = []
        for index in members.indices {
            guard let start = members[index].start, start.stage == .running, !start.hasJoined, let job = start.job,
                let running = start.running, let heardSince,
                now.seconds(since: max(running, heardSince)) > settings.joiningTime
            else { continue }
            directives += [.cancel([job])] + fail(index, .notJoined(seconds: settings.joiningTime), at: now)
        }
        return directives
    }

    /// Why no worker can be had at all.
    private var finalFailure: Failure? {
        switch settings.failing {
        case .endsFleet:
            members.first { member in
                if case .notJoined = member.history.last?.fault, member.history.failures > 0 { return true }
                return member.history.failures >= settings.failureLimit
            }?.history.last
        case .leavesMemberOut:
            outstanding == 0 && members.allSatisfy(isLeftOut) ? members.last?.history.last : nil
        case .slowsFleet:
            outstanding == 0 && failuresWithoutWorker >= settings.failureLimit ? common.last : nil
        }
    }

    /// Whether a member is in a crash loop that the others do not share.
    private func isLeftOut(_ member: Member) -> Bool {
        settings.failing == .leavesMemberOut && member.history.failures >= settings.failureLimit
    }

    /// Queued jobs beyond what is wanted go, the newest first; what runs leaves when it has nothing to do.
    private mutating func cancelSurplus() -> [Directive] {
        var (directives, surplus) = ([Directive](), outstanding - wanted)
        for index in members.indices.reversed() where surplus > 0 {
            guard members[index].start?.stage == .queued, let job = members[index].start?.job else { continue }
            members[index].start?.stage = .cancelling
            directives += [.cancel([job]), .report(.surplus(member: members[index].name))]
            surplus -= 1
        }
        return directives
    }

    private func nextToStart(at now: Instant) -> Int? {
        if common.failures > 0 {
            let isTrying = members.contains { $0.isOutstanding && $0.start?.hasJoined == false }
            guard !isTrying, common.notBefore <= now else { return nil }
        }
        return members.indices.first { index in
            let member = members[index]
            return member.start == nil && member.history.notBefore <= now
        }
    }

    /// Cancels all jobs that are not being cancelled. One that the engine is still taking is cancelled when it has an
    /// identity.
    private mutating func cancel(where isMeant: (Member) -> Bool) -> [Directive] {
        var jobs: [JobID] = []
        for index in members.indices where isMeant(members[index]) {
            guard let start = members[index].start, start.stage != .cancelling, let job = start.job else { continue }
            members[index].start?.stage = .cancelling
            jobs.append(job)
        }
        return jobs.isEmpty ? [] : [.cancel(jobs)]
    }
}

extension Member.Start {
    mutating func accept(_ job: JobID) {
        self.job = job
        if stage == .submitting { stage = .queued }
    }

    /// It is in the queue, perhaps again after it ran.
    mutating func wait() {
        guard stage == .running else { return }
        (stage, running, hasJoined) = (.queued, nil, false)
    }

    mutating func run(at now: Instant) {
        guard stage == .queued else { return }
        (stage, running) = (.running, now)
    }
}
