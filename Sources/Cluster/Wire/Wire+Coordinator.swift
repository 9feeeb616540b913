import Foundation
import Identities
import Scheduling
import SwiftProtobuf
import Transport

// What the coordinator says to a worker, converted between the types of Scheduling and the messages of Transport.

extension WireWelcome {
    init(_ welcome: Welcome, incarnation: UInt32) {
        self.init()
        coordinatorIncarnation = UInt64(incarnation)
        heartbeatMilliseconds = UInt32(welcome.heartbeatInterval * 1000)
        silenceMilliseconds = UInt32(welcome.silenceLimit * 1000)
    }

    var scheduling: Welcome {
        Welcome(
            heartbeatInterval: Double(heartbeatMilliseconds) / 1000, silenceLimit: Double(silenceMilliseconds) / 1000)
    }
}

extension WireAcknowledged {
    init(_ receipts: [Receipt]) {
        self.init()
        self.receipts = receipts.map { receipt in
            .with {
                $0.key = receipt.unit.data
                $0.attempt = receipt.attempt.number
            }
        }
    }

    var scheduling: [Receipt] {
        receipts.compactMap { receipt in
            UnitKey(bytes: receipt.key).map { Receipt(unit: $0, attempt: Attempt(number: receipt.attempt)) }
        }
    }
}

extension WireCancel {
    init(_ attempt: Attempt, _ units: [UnitKey]) {
        self.init()
        self.attempt = attempt.number
        keys = units.map(\.data)
    }
}

extension WireAskInputs {
    init(_ queries: [InputQuery]) {
        self.init()
        inputs = queries.map { query in
            .with {
                $0.id = query.id.text
                $0.content = query.content
                $0.folders = query.folders
            }
        }
    }

    var scheduling: [InputQuery] {
        inputs.map { InputQuery(id: InputID($0.id), content: $0.content, folders: $0.folders) }
    }
}

extension WireLease {
    var scheduling: Lease {
        Lease(
            attempt: Attempt(number: attempt), pass: PassID(pass),
            units: units.compactMap { UnitKey(bytes: $0.key) })
    }

    var content: LeaseContent {
        let forms = units.compactMap { unit in UnitKey(bytes: unit.key).map { ($0, Array(unit.canonicalJson)) } }
        return LeaseContent(
            folder: featuresFolder, keepsPredictions: keepPredictions,
            forms: Dictionary(forms, uniquingKeysWith: { first, _ in first }))
    }
}
