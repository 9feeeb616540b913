import Identities
import Scheduling

/// What the coordinator's shell keeps about sweeps besides the machine: names and folders.
struct ActiveSweeps {
    struct Entry: Sendable {
        let id: SweepID
        let name: String
        let units: Int
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

    /// The sweep of that name or number; the latest where several have the name.
    func entry(_ text: String) -> Entry? {
        Int64(text).flatMap { entries[SweepID($0)] } ?? entries.values.filter { $0.name == text }.max { $0.id < $1.id }
    }
}
