package import Foundation
package import Identities

/// Consecutive cells of a sweep's grid as the ledger stores them, packed: a table of a million cells is read and sent in
/// such parts.
package struct SweepPage: Sendable, Equatable {
    /// The position of the first cell within the sweep.
    package var first: Int
    /// Keys of 32 bytes, one for each cell.
    package var keys = Data()
    /// The numbers of the members of the canonical forms, as ``CompactForm``, one after the other.
    package var forms = Data()
    /// Where each form ends in `forms`.
    package var formEnds: [UInt32] = []
    /// The JSON of the results, one after the other; a cell without a result has no bytes.
    package var payloads = Data()
    /// Where each result ends in `payloads`.
    package var payloadEnds: [UInt32] = []
    /// Why cells are in quarantine, by their place in the page.
    package var quarantine: [Int: String] = [:]
    /// Every member that the forms name.
    package var members: [Int64: FormMember] = [:]

    package init(first: Int) { self.first = first }

    package var count: Int { formEnds.count }
    /// The position behind the last cell.
    package var end: Int { first + count }

    /// A page ends with the cell that brings results and reasons to this many bytes.
    package static let bytes = 1 << 20
    /// It has at most this many cells.
    package static let cells = 512

    var isFull: Bool { count >= Self.cells || payloads.count + reasonBytes >= Self.bytes }
    private var reasonBytes: Int { quarantine.isEmpty ? 0 : quarantine.values.reduce(0) { $0 + $1.utf8.count } }

    package func form(_ place: Int) -> Data {
        let start = place == 0 ? 0 : Int(formEnds[place - 1])
        return forms[forms.startIndex + start..<forms.startIndex + Int(formEnds[place])]
    }

    /// Whether all parts fit each other: a page may come from another machine.
    package var isSound: Bool {
        first >= 0 && count <= Self.cells && keys.count == 32 * count && payloadEnds.count == count
            && formEnds.last ?? 0 == UInt32(clamping: forms.count)
            && payloadEnds.last ?? 0 == UInt32(clamping: payloads.count)
            && zip(formEnds, formEnds.dropFirst()).allSatisfy(<=)
            && zip(payloadEnds, payloadEnds.dropFirst()).allSatisfy(<=)
    }

    /// The first cell; nil where there is none, or its form cannot be read.
    package var firstRow: SweepRow? {
        guard count > 0, isSound, let key = UnitKey(bytes: keys.prefix(32)),
            let numbers = CompactForm.numbers(of: form(0))
        else { return nil }
        let members = numbers.compactMap { self.members[$0] }
        guard members.count == numbers.count else { return nil }
        let payload = payloads.prefix(Int(payloadEnds[0]))
        return SweepRow(
            position: first, key: key, canonicalForm: CanonicalForm(members), payload: payload.isEmpty ? nil : payload,
            quarantine: quarantine[0])
    }
}
