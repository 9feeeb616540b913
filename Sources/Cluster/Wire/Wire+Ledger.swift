import Foundation
import Identities
import Ledger
import SwiftProtobuf
import Transport

// What clients read of the ledger, converted between the records of Ledger and the messages of Transport.

extension WireFoundSweep {
    /// - Parameter specification: Nil where it was not asked for.
    init(_ sweep: SweepHeader, facts: Data, specification: Data?, passes: [PassRecord]) {
        self.init()
        self.sweep = sweep.id.number
        name = sweep.name
        units = UInt64(sweep.units)
        self.facts = facts
        if let specification { self.specification = specification }
        self.passes = passes.map { pass in
            .with {
                $0.id = pass.id
                $0.name = pass.name.text
                $0.folder = pass.folder
            }
        }
    }

    var header: SweepHeader { SweepHeader(id: SweepID(sweep), name: name, units: Int(clamping: units)) }

    var passRecords: [PassRecord] {
        passes.map { PassRecord(id: $0.id, name: PassID($0.name), folder: $0.folder) }
    }
}

extension WireCellPage {
    init(_ page: SweepPage) {
        self.init()
        first = UInt64(page.first)
        keys = page.keys
        forms = page.forms
        formEnds = page.formEnds
        payloads = page.payloads
        payloadEnds = page.payloadEnds
        quarantine = Dictionary(page.quarantine.map { (UInt32($0.key), $0.value) }) { first, _ in first }
        members = page.members.mapValues { Data($0.bytes) }
    }

    /// Nil where the parts do not fit each other.
    var page: SweepPage? {
        var page = SweepPage(first: Int(clamping: first))
        page.keys = keys
        page.forms = forms
        page.formEnds = formEnds
        page.payloads = payloads
        page.payloadEnds = payloadEnds
        page.quarantine = Dictionary(quarantine.map { (Int($0.key), $0.value) }) { first, _ in first }
        page.members = members.mapValues { FormMember(Array($0)) }
        return page.isSound ? page : nil
    }
}
