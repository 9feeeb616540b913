import Foundation
import Identities
import Scheduling
import SwiftProtobuf
import Transport

// What a worker says, converted between the types of Scheduling and the messages of Transport.

extension UnitKey {
    var data: Data { Data(bytes) }
}

/// Keys of a checked message; the decoder rejects keys that are not 32 bytes long, so none is dropped here.
func digests(_ keys: [Data]) -> [UnitKey] {
    keys.compactMap { UnitKey(bytes: $0) }
}

extension WireHello {
    init(_ hello: WorkerHello, identity: WorkerIdentity) {
        self.init()
        protocolVersion = UInt32(hello.protocolVersion)
        programVersion = identity.programVersion
        workerName = hello.name
        incarnation = Data(hello.id.bytes)
        host = identity.host
        threads = UInt32(hello.threads)
        memoryBytes = UInt64(identity.memoryBytes)
        kernelPath = identity.kernelPath
        speed = hello.speed
        held = hello.held.map { lease in
            .with {
                $0.attempt = lease.attempt.number
                $0.unitKeys = lease.units.map(\.data)
                $0.training = lease.isTraining
            }
        }
        if let lifetime = hello.lifetime { untilSeconds = lifetime }
        machine = identity.machine
        if let text = hello.previousStderr { lastWords = text }
        waitingReports = UInt32(clamping: hello.waitingReports)
    }

    /// Nil for an incarnation of another length, which the decoder rejects.
    var scheduling: WorkerHello? {
        guard let id = WorkerID(bytes: incarnation) else { return nil }
        return WorkerHello(
            protocolVersion: Int(protocolVersion), id: id, name: workerName, host: host, machine: machine,
            kernelPath: kernelPath,
            programVersion: programVersion, threads: Int(threads),
            speed: speed > 0 && speed.isFinite ? speed : 1,
            lifetime: hasUntilSeconds ? untilSeconds : nil,
            held: held.map {
                HeldLease(attempt: Attempt(number: $0.attempt), units: digests($0.unitKeys), isTraining: $0.training)
            },
            waitingReports: Int(waitingReports), previousStderr: hasLastWords ? lastWords : nil)
    }
}

extension WireInputs {
    init(_ states: [InputState], roots: [String]) {
        self.init()
        self.roots = roots
        inputs = states.map { state in
            .with {
                $0.id = state.id.text
                $0.problem = state.problem ?? ""
            }
        }
    }

    var scheduling: [InputState] {
        inputs.map { InputState(id: InputID($0.id), problem: $0.problem.isEmpty ? nil : $0.problem) }
    }
}

extension WireHeartbeat {
    /// - Parameter load: nil where the system does not say it.
    init(_ leases: [LeaseStatus], load: WorkerLoad? = nil) {
        self.init()
        if let bytes = load?.residentBytes { residentBytes = UInt64(clamping: bytes) }
        if let busy = load?.processors { processors = busy }
        if let average = load?.loadAverage { self.loadAverage = average }
        self.leases = leases.map { lease in
            .with {
                $0.attempt = lease.attempt.number
                $0.unfinished = UInt32(lease.unfinished)
                $0.training = lease.isTraining
                $0.progress = lease.progress
                $0.stuck = lease.stuck ?? ""
            }
        }
    }

    /// Nil for a worker that does not tell it.
    var load: WorkerLoad? {
        guard hasResidentBytes || hasProcessors || hasLoadAverage else { return nil }
        return WorkerLoad(
            residentBytes: hasResidentBytes ? Int(clamping: residentBytes) : nil,
            processors: hasProcessors ? processors : nil, loadAverage: hasLoadAverage ? loadAverage : nil)
    }

    var scheduling: [LeaseStatus] {
        leases.map {
            LeaseStatus(
                attempt: Attempt(number: $0.attempt), unfinished: Int($0.unfinished), isTraining: $0.training,
                progress: $0.progress, stuck: $0.stuck.isEmpty ? nil : $0.stuck)
        }
    }
}

extension WireReports {
    init(_ reports: [UnitReport]) {
        self.init()
        units = reports.map { report in
            .with {
                $0.key = report.unit.data
                $0.attempt = report.attempt.number
                switch report.outcome {
                case .finished(let payload): $0.result = Data(payload)
                case .failed(let reason): $0.error = reason
                }
                if let seconds = report.seconds { $0.seconds = seconds }
            }
        }
    }

    var scheduling: [UnitReport] {
        units.compactMap { report in
            guard let unit = UnitKey(bytes: report.key), let outcome = report.outcome else { return nil }
            let attempt = Attempt(number: report.attempt)
            let seconds = report.hasSeconds ? report.seconds : nil
            switch outcome {
            case .result(let payload):
                return UnitReport(unit: unit, attempt: attempt, outcome: .finished(Array(payload)), seconds: seconds)
            case .error(let reason):
                return UnitReport(unit: unit, attempt: attempt, outcome: .failed(reason), seconds: seconds)
            }
        }
    }
}

extension WireReturned {
    init(_ attempt: Attempt, _ units: [UnitKey]) {
        self.init()
        self.attempt = attempt.number
        keys = units.map(\.data)
    }
}
