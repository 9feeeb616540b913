import GRDB

/// Why the ledger could not do what it was asked to.
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
    /// There is no ledger in this folder.
    case missing(path: String)
    /// The ledger was written by a later version of the program.
    case newer(path: String)
    /// No sweep has this number or name.
    case unknownSweep(String, known: [String])
    /// A unit that the ledger does not hold was asked for or reported.
    case unknownUnit(String)
    /// A rule of the schema was broken.
    case constraint(path: String, reason: String)

    /// Whether the same request may succeed later without anything being lost: dispatch pauses and tries again.
    package var isTemporary: Bool {
        switch self {
        case .full, .readOnly, .locked, .inputOutput: true
        case .damaged, .networkFileSystem, .missing, .newer, .unknownSweep, .unknownUnit, .constraint: false
        }
    }

    /// Whether rows are at fault, and not the ledger: these rows can never be written, and others can.
    ///
    /// A damaged file does not count, though it is permanent: it says nothing about the rows, and blaming whoever
    /// reported them would quarantine one unit after the other. So it pauses dispatch, as a full disk does, until
    /// somebody repairs it.
    package var isFaultOfRows: Bool {
        switch self {
        case .unknownUnit, .constraint: true
        case .full, .readOnly, .locked, .inputOutput, .damaged, .networkFileSystem, .missing, .newer, .unknownSweep:
            false
        }
    }

    package var description: String {
        switch self {
        case .full(let path, let reason):
            "\(path): the disk is full (\(reason)). Free space; nothing that was acknowledged is lost."
        case .readOnly(let path, let reason):
            "\(path) cannot be written (\(reason)). Check permissions and how the file system is mounted."
        case .locked(let path, let holder):
            "\(path) is in use by \(holder). One coordinator at a time: end that one, or choose another --state."
        case .inputOutput(let path, let reason):
            "\(path) cannot be read or written (\(reason)). Check the disk."
        case .damaged(let path, let reason):
            "\(path) is damaged or not a ledger (\(reason)). Restore a copy of the folder, or start with an empty one."
        case .networkFileSystem(let path, let type):
            "\(path) is on a network file system (\(type)), where SQLite loses data. "
                + "Choose a --state on a local disk, or override it if only this machine ever uses the folder."
        case .missing(let path):
            "There is no ledger at \(path). Check --state; a coordinator makes the ledger when it starts."
        case .newer(let path):
            "\(path) was written by a later version of ProbeSweep. Use that version."
        case .unknownSweep(let name, let known):
            "No sweep has the name or number \"\(name)\". "
                + (known.isEmpty ? "The ledger holds none." : "Known: \(known.joined(separator: ", ")).")
        case .unknownUnit(let key):
            "The ledger holds no unit \(key)."
        case .constraint(let path, let reason):
            "\(path) refused rows that break its rules: \(reason)."
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
