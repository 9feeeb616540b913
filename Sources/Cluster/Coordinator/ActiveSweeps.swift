import Identities
import Ledger
import Scheduling

/// What the coordinator's shell keeps about sweeps besides the machine: names, owners and folders. Sweeps that have ended
/// stay, so that they can be shown.
struct ActiveSweeps {
    struct Entry: Sendable {
        let id: SweepID
        let name: String
        /// Nil for the operators.
        var owner: String?
        var priority = 0
        let units: Int
        /// How many were done when it was read from the ledger.
        var done = 0
        var isCancelled = false
        /// By whom or by what it was cancelled, if that is known.
        var cancellation: String?
        /// Where each pass's feature set lies, as the submitting client saw it.
        let folders: [PassID: String]
        let keepsPredictions: Bool
        /// Samples of each pass's feature set, where the facts of the sweep can be read.
        var samples: [PassID: Int] = [:]

        var passes: Set<PassID> { Set(folders.keys) }
    }

    private(set) var entries: [SweepID: Entry] = [:]
    private var folders: [PassID: String] = [:]
    private var passesThatKeep: Set<PassID> = []
    private var samples: [PassID: Int] = [:]

    mutating func add(_ entry: Entry) {
        entries[entry.id] = entry
        folders.merge(entry.folders) { _, new in new }
        samples.merge(entry.samples) { _, new in new }
        if entry.keepsPredictions { passesThatKeep.formUnion(entry.folders.keys) }
    }

    /// Whether one of the sweeps that share the pass keeps predictions.
    func keepsPredictions(of pass: PassID) -> Bool { passesThatKeep.contains(pass) }

    func folder(of pass: PassID) -> String? { folders[pass] }

    /// Samples of the pass's feature set; nil where that is not known.
    func samples(of pass: PassID) -> Int? { samples[pass] }

    mutating func cancel(_ sweep: SweepID, reason: String?) {
        guard let entry = entries[sweep], !entry.isCancelled else { return }
        entries[sweep]?.isCancelled = true
        entries[sweep]?.cancellation = reason
    }

    /// Changes to a sweep that is known already.
    mutating func update(_ sweep: SweepID, owner: String?, priority: Int) {
        entries[sweep]?.owner = owner
        entries[sweep]?.priority = priority
    }

    /// What a name or number means for the requester.
    func find(_ text: String, for requester: Requester) -> SweepSearch {
        SweepSearch.find(text, among: entries.values.lazy.map(\.address), for: requester)
    }
}

extension ActiveSweeps.Entry {
    var address: SweepAddress { SweepAddress(id: id, name: name, owner: owner, isCancelled: isCancelled) }

    /// A sweep of which nothing is to be trained.
    init(cancelled sweep: SweepRecord) {
        self.init(
            id: sweep.id, name: sweep.name, owner: sweep.owner, priority: sweep.priority, units: sweep.units,
            done: sweep.done, isCancelled: true, cancellation: sweep.cancellation, folders: [:], keepsPredictions: false
        )
    }
}
