import Foundation

/// Limits on messages beyond their schema. A message that exceeds one is dropped whole.
package enum MessageLimits {
    /// Bytes of a unit key.
    package static let keyBytes = 32
    /// Bytes of a process's incarnation.
    package static let incarnationBytes = 16
    /// Units in one message.
    package static let units = 100_000
    /// Inputs in one message.
    package static let inputs = 65_536
    /// Leases that one worker may hold.
    package static let leases = 1_024
    /// Bytes of a name, host or version.
    package static let nameBytes = 256
    /// How far a sweep's priority may be from 0.
    package static let priority = 1_000
    /// Bytes of an error's or a reason's text.
    package static let textBytes = 64 << 10

    static func check(_ message: WireToCoordinator) throws(TransportError) {
        switch message.sender {
        case .worker(let message): try check(message)
        case .client(let message): try check(message)
        case .enrol(let enrol): try key(enrol.publicKey, "enrol.public_key")
        case .nextKeyKnown(let known):
            try key(known.publicKey, "next_key_known.public_key")
            try text(known.problem, textBytes, "next_key_known.problem")
        case nil: throw .malformed(field: "sender", problem: "it is neither a worker's nor a client's message")
        }
    }

    static func check(_ message: WireFromCoordinator) throws(TransportError) {
        switch message.recipient {
        case .worker(let message): try check(message)
        case .client(let message):
            guard message.body != nil else { throw .malformed(field: "client.body", problem: "it is empty") }
        case .enrolment(let reply):
            switch reply.outcome {
            case .refused(let refused): try text(refused.reason, textBytes, "enrolment.refused.reason")
            case .enrolled: break
            case nil: throw .malformed(field: "enrolment.outcome", problem: "it is empty")
            }
        case .nextKey(let announcement): try key(announcement.publicKey, "next_key.public_key")
        case nil: throw .malformed(field: "recipient", problem: "it is neither for a worker nor for a client")
        }
    }

    private static func check(_ message: WireWorkerToCoordinator) throws(TransportError) {
        switch message.body {
        case .hello(let hello): try check(hello)
        case .heartbeat(let heartbeat):
            try limit(heartbeat.leases.count, leases, "heartbeat.leases")
            try positive(heartbeat.processors, "heartbeat.processors")
            try positive(heartbeat.loadAverage, "heartbeat.load_average")
            try distinct(heartbeat.leases, "heartbeat.leases") { $0.attempt }
            for lease in heartbeat.leases {
                try share(lease.progress, "heartbeat.leases.progress")
                try text(lease.stuck, textBytes, "heartbeat.leases.stuck")
            }
        case .reports(let reports):
            try limit(reports.units.count, units, "reports.units")
            for report in reports.units { try check(report) }
            try distinct(reports.units, "reports.units") { ReceiptKey(unit: $0.key, attempt: $0.attempt) }
        case .returned(let returned): try keys(returned.keys, "returned.keys")
        case .inputs(let report):
            try limit(report.inputs.count, inputs, "inputs.inputs")
            try limit(report.roots.count, inputs, "inputs.roots")
            for root in report.roots { try text(root, textBytes, "inputs.roots") }
            for state in report.inputs {
                try name(state.id, "inputs.inputs.id")
                try text(state.problem, textBytes, "inputs.inputs.problem")
            }
        case .draining, .goodbye: break
        case nil: throw .malformed(field: "worker.body", problem: "it is empty")
        }
    }

    private static func check(_ hello: WireHello) throws(TransportError) {
        guard hello.incarnation.count == incarnationBytes else {
            throw .malformed(
                field: "hello.incarnation", problem: "\(hello.incarnation.count) bytes instead of \(incarnationBytes)")
        }
        try name(hello.workerName, "hello.worker_name")
        try text(hello.host, nameBytes, "hello.host")
        try text(hello.programVersion, nameBytes, "hello.program_version")
        try text(hello.kernelPath, nameBytes, "hello.kernel_path")
        try positive(hello.speed, "hello.speed")
        try positive(hello.untilSeconds, "hello.until_seconds")
        try text(hello.machine, nameBytes, "hello.machine")
        try text(hello.lastWords, textBytes, "hello.last_words")
        try limit(hello.held.count, leases, "hello.held")
        try distinct(hello.held, "hello.held") { $0.attempt }
        try limit(hello.held.reduce(0) { $0 + $1.unitKeys.count }, units, "hello.held.unit_keys")
        for lease in hello.held { try keys(lease.unitKeys, "hello.held.unit_keys") }
    }

    private static func check(_ report: WireUnitReport) throws(TransportError) {
        try key(report.key, "reports.units.key")
        try positive(report.seconds, "reports.units.seconds")
        switch report.outcome {
        case .result: break
        case .error(let error): try text(error, textBytes, "reports.units.error")
        case nil: throw .malformed(field: "reports.units.outcome", problem: "it is empty")
        }
    }

    private static func check(_ message: WireClientToCoordinator) throws(TransportError) {
        switch message.body {
        case .submit(let submit):
            try name(submit.name, "submit.name")
            try priority(submit.priority, "submit.priority")
        case .status(let status): try text(status.sweep, nameBytes, "status.sweep")
        case .cancelSweep(let cancel): try name(cancel.sweep, "cancel_sweep.sweep")
        case .drainWorkers(let drain):
            for worker in drain.names { try name(worker, "drain_workers.names") }
            try distinct(drain.names, "drain_workers.names") { $0 }
        case .resumeWorkers(let resume):
            for worker in resume.names { try name(worker, "resume_workers.names") }
            try distinct(resume.names, "resume_workers.names") { $0 }
        case .fetchSweep(let fetch): try name(fetch.sweep, "fetch_sweep.sweep")
        case .fetchCells: break
        case .fetchPredictions(let fetch): try key(fetch.key, "fetch_predictions.key")
        case .fetchUnit(let fetch): try text(fetch.digits, 2 * keyBytes, "fetch_unit.digits")
        case .discard(let discard): try check(discard)
        case .listWorkers: break
        case nil: throw .malformed(field: "client.body", problem: "it is empty")
        }
    }

    private static func check(_ discard: WireDiscard) throws(TransportError) {
        try name(discard.sweep, "discard.sweep")
        try limit(discard.units.count, units, "discard.units")
        for unit in discard.units { try text(unit, 2 * keyBytes, "discard.units") }
        try text(discard.worker, nameBytes, "discard.worker")
    }

    private static func check(_ message: WireCoordinatorToWorker) throws(TransportError) {
        switch message.body {
        case .lease(let lease):
            try limit(lease.units.count, units, "lease.units")
            for unit in lease.units { try key(unit.key, "lease.units.key") }
            try distinct(lease.units, "lease.units") { $0.key }
        case .acknowledged(let acknowledged):
            try limit(acknowledged.receipts.count, units, "acknowledged.receipts")
            for receipt in acknowledged.receipts { try key(receipt.key, "acknowledged.receipts.key") }
            try distinct(acknowledged.receipts, "acknowledged.receipts") {
                ReceiptKey(unit: $0.key, attempt: $0.attempt)
            }
        case .cancel(let cancel): try keys(cancel.keys, "cancel.keys")
        case .refusal(let refusal): try text(refusal.reason, textBytes, "refusal.reason")
        case .askInputs(let question):
            try limit(question.inputs.count, inputs, "ask_inputs.inputs")
            for query in question.inputs {
                try name(query.id, "ask_inputs.inputs.id")
                try text(query.content, textBytes, "ask_inputs.inputs.content")
            }
        case .suspension(let suspension): try text(suspension.reason, textBytes, "suspension.reason")
        case .welcome, .rejected, .reregister, .drain, .beat: break
        case nil: throw .malformed(field: "worker.body", problem: "it is empty")
        }
    }
}

// MARK: One rule each

extension MessageLimits {
    private static func key(_ key: Data, _ field: String) throws(TransportError) {
        guard key.count == keyBytes else {
            throw .malformed(field: field, problem: "a key has \(keyBytes) bytes, not \(key.count)")
        }
    }

    private static func keys(_ keys: [Data], _ field: String) throws(TransportError) {
        try limit(keys.count, units, field)
        for key in keys { try self.key(key, field) }
        try distinct(keys, field) { $0 }
    }

    /// The identity of a report; no message has it twice.
    private struct ReceiptKey: Hashable {
        let unit: Data
        let attempt: UInt64
    }

    /// Sets travel as lists; one with a duplicate is invalid.
    private static func distinct<Element, Identity: Hashable>(
        _ elements: [Element], _ field: String, by identity: (Element) -> Identity
    ) throws(TransportError) {
        guard elements.count > 1 else { return }
        var seen = Set<Identity>(minimumCapacity: elements.count)
        for element in elements where !seen.insert(identity(element)).inserted {
            throw .malformed(field: field, problem: "it has a duplicate entry")
        }
    }

    private static func limit(_ count: Int, _ limit: Int, _ field: String) throws(TransportError) {
        guard count <= limit else { throw .malformed(field: field, problem: "\(count) entries exceed \(limit)") }
    }

    private static func text(_ text: String, _ limit: Int, _ field: String) throws(TransportError) {
        guard text.utf8.count <= limit else {
            throw .malformed(field: field, problem: "\(text.utf8.count) bytes exceed \(limit)")
        }
    }

    private static func name(_ name: String, _ field: String) throws(TransportError) {
        try text(name, nameBytes, field)
        guard !name.isEmpty else { throw .malformed(field: field, problem: "it is empty") }
    }

    private static func positive(_ value: Double, _ field: String) throws(TransportError) {
        guard value.isFinite, value >= 0 else {
            throw .malformed(field: field, problem: "\(value) is not a finite number of at least 0")
        }
    }

    private static func priority(_ value: Int32, _ field: String) throws(TransportError) {
        guard value.magnitude <= UInt32(priority) else {
            throw .malformed(field: field, problem: "\(value) is not between -\(priority) and \(priority)")
        }
    }

    private static func share(_ value: Double, _ field: String) throws(TransportError) {
        guard value >= 0, value <= 1 else { throw .malformed(field: field, problem: "\(value) is not between 0 and 1") }
    }
}
