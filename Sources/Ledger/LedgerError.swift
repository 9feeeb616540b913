import GRDB

/// Why an operation on the ledger failed.
package enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk, or a quota, is full.
    case full(path: String, reason: String)
    /// The file or its file system cannot be written.
    case readOnly(path: String, reason: String)
    /// Another coordinator, or another program, has the file open.
    case locked(path: String, holder: String)
    /// The disk failed to read or write.
    case inputOutput(path: String, reason: String)
    /// The file is damaged, or not a ledger.
    case damaged(path: String, reason: String)
    /// SQLite's locks do not hold between machines, and its write-ahead log does not work there.
    case networkFileSystem(path: String, type: String)
    /// A file of the open ledger was deleted, moved or replaced.
    case vanished(path: String)
    /// There is no ledger in this folder.
    case missing(path: String)
    /// The ledger was written by a later version of the program.
    case newer(path: String)
    /// No sweep has this number or name.
    case unknownSweep(String, known: [String])
    /// Several clients have sweeps of this name; the latest of each.
    case ambiguousSweep(String, candidates: [SweepAddress])
    /// A requested or reported unit is not in the ledger.
    case unknownUnit(String)
    /// A constraint of the schema was violated.
    case constraint(path: String, reason: String)

    /// Whether the same operation may succeed later without loss: dispatch pauses and retries.
    package var isTemporary: Bool {
        switch self {
        case .full, .readOnly, .locked, .inputOutput: true
        case .damaged, .networkFileSystem, .vanished, .missing, .newer, .unknownSweep, .ambiguousSweep, .unknownUnit,
            .constraint:
            false
        }
    }

    /// Whether the rows are at fault rather than the ledger: they can never be written, others can.
    ///
    /// A damaged file does not count, although it is permanent: the rows are not at fault, and failures of their
    /// reporters would quarantine one unit after the other. It pauses dispatch until it is repaired, as a full disk
    /// does.
    package var isFaultOfRows: Bool {
        switch self {
        case .unknownUnit, .constraint: true
        case .full, .readOnly, .locked, .inputOutput, .damaged, .networkFileSystem, .vanished, .missing, .newer,
            .unknownSweep, .ambiguousSweep:
            false
        }
    }

    package var description: String {
        switch self {
        case .full(let path, let reason):
            "\(path): the disk is full (\(reason)). Free some space; no acknowledged result is lost."
        case .readOnly(let path, let reason):
            "\(path) cannot be written (\(reason)). Check permissions and mount options."
        case .locked(let path, let holder):
            "\(path) is in use by \(holder). Only one coordinator may use it: stop that one, or choose another --state."
        case .inputOutput(let path, let reason):
            "\(path) cannot be read or written (\(reason)). Check the disk."
        case .damaged(let path, let reason):
            "\(path) is damaged or not a ledger (\(reason)). Restore a backup of the folder, or use an empty one."
        case .networkFileSystem(let path, let type):
            "\(path) is on a network file system (\(type)), where SQLite loses data. "
                + "Choose a --state on a local disk, or override the check if no other machine uses the folder."
        case .vanished(let path):
            "\(path) was deleted, moved or replaced while it was in use: what is written now is lost. "
                + "Put the state folder back if you can, and start again."
        case .missing(let path):
            "There is no ledger at \(path). Check --state; a coordinator creates the ledger when it starts."
        case .newer(let path):
            "\(path) was written by a later version of ProbeSweep. Use that version."
        case .unknownSweep(let name, let known):
            "No sweep has the name or number \"\(name)\". "
                + (known.isEmpty ? "The ledger has none." : "Known: \(known.joined(separator: ", ")).")
        case .ambiguousSweep(let name, let candidates):
            "Several clients have a sweep named \"\(name)\"; give the number of the one that you mean: "
                + candidates.map(\.description).joined(separator: ", ") + "."
        case .unknownUnit(let key):
            "The ledger has no unit \(key)."
        case .constraint(let path, let reason):
            "\(path) rejected rows that violate its constraints: \(reason)."
        }
    }

    /// Translates an error of SQLite.
    init(_ error: any Error, path: String) {
        guard let error = error as? DatabaseError else {
            self = error as? LedgerError ?? .inputOutput(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? error.resultCode.description
        self =
            switch error.resultCode {
            case .SQLITE_FULL: .full(path: path, reason: reason)
            case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_CANTOPEN: .readOnly(path: path, reason: reason)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path: path, holder: "another program (\(reason))")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(path: path, reason: reason)
            case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG: .constraint(path: path, reason: reason)
            default: .inputOutput(path: path, reason: reason)
            }
    }
}
