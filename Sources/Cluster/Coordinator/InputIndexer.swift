import Identities
import Ledger
import Scheduling
import Units

/// Numbers what the units of a submission read, from the members of their forms.
struct InputIndexer<Pass: Hashable> {
    private struct Inputs: Hashable {
        let members: [Int64]
        let pass: Pass
    }

    private var indices: [Inputs: UInt16] = [:]
    private var order: [Inputs] = []

    /// The number of a unit's inputs, from 1; 0 for none, and once there are more than fit.
    mutating func index(_ members: [Int64], _ pass: Pass) -> UInt16 {
        let inputs = Inputs(members: members, pass: pass)
        if let known = indices[inputs] { return known }
        guard !members.isEmpty, order.count < Int(UInt16.max) else { return 0 }
        order.append(inputs)
        indices[inputs] = UInt16(order.count)
        return UInt16(order.count)
    }

    /// - Parameter folders: where the client saw the feature set of each pass.
    func inputs(in ledger: LedgerReader, folders: [Pass: String]) throws -> [UnitInputs] {
        let all = Set(folders.values).sorted()
        return try order.map { inputs in
            let form = try ledger.form(inputs.members)
            let content = String(decoding: form.bytes, as: UTF8.self)
            let folder = folders[inputs.pass] ?? ""
            // A task that is cut to common samples is read from all sets that cut it.
            let isCut = (try? InputContent(json: content))?.task.common != nil
            return UnitInputs(
                id: InputID(of: form), content: content, folder: folder,
                otherFolders: isCut ? all.filter { $0 != folder } : [])
        }
    }
}

extension UnitMembers.Name {
    /// The names of the members that say what a unit reads, as the ledger knows them.
    static let ofInputs = InputContent.memberNames.map { "\($0)" }
}
