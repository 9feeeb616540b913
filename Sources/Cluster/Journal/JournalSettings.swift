/// Where a coordinator keeps its journal, and how much of it.
package struct JournalSettings: Sendable {
    /// The folder of segments, created on first use.
    package var folder: String
    /// The program's version: another version's machine may handle the same events differently.
    package var program: String
    /// A segment takes at least this many bytes of events after its snapshot, or as many as the snapshot takes.
    package var segmentBytes = 16 << 20
    /// Limit on the memory of queued events; beyond it they are dropped, and the next segment begins after the gap.
    package var queueBytes = 64 << 20
    /// Free disk space that the journal leaves to the ledger.
    package var diskReserve = 512 << 20
    /// Seconds until a journal that could not be written is started again.
    package var retrySeconds = 60.0
    /// Events between two fingerprints of the state.
    package var fingerprintInterval = 256

    package init(folder: String, program: String) {
        self.folder = folder
        self.program = program
    }

    /// The journal beside the ledger of a state folder.
    package init(state: String, program: String) { self.init(folder: Self.folder(of: state), program: program) }

    static func folder(of state: String) -> String { state + "/journal" }

    /// Bytes of events after which a segment with such a snapshot is full.
    func eventBytes(beside snapshot: Int) -> Int { max(segmentBytes, snapshot) }

    /// Bytes that older segments may take beside one with such a snapshot.
    func olderBytes(beside snapshot: Int) -> Int { 2 * (snapshot + eventBytes(beside: snapshot)) }
}
