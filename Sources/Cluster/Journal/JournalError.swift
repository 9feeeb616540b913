import Foundation

/// Why a journal cannot be written or read.
package enum JournalError: Error, Equatable, CustomStringConvertible {
    case missing(folder: String)
    /// Nothing can be replayed: other versions of the program wrote all segments.
    case otherProgram(folder: String, wrote: [String], this: String)
    case unreadable(file: String, reason: String)
    case diskReserve(free: Int, reserve: Int)
    case system(operation: String, file: String, reason: String)
    case recordTooLong

    package var description: String {
        switch self {
        case .missing(let folder):
            "there is no journal in \(folder). A coordinator or `probesweep run` writes it beside its ledger."
        case .otherProgram(let folder, let wrote, let this):
            "the journal in \(folder) was written by probesweep \(wrote.joined(separator: ", ")), and this is \(this), "
                + "which may handle the same events differently. Replay it with that version, or with --force."
        case .unreadable(let file, let reason): "\(file) is not a readable journal segment: \(reason)"
        case .diskReserve(let free, let reserve):
            "\(free >> 20) MB of the disk are free, and \(reserve >> 20) MB are reserved for the ledger"
        case .system(let operation, let file, let reason): "\(operation) \(file): \(reason)"
        case .recordTooLong: "a record would be longer than 4 GB"
        }
    }

    static func system(_ operation: String, _ file: String) -> JournalError {
        .system(operation: operation, file: file, reason: String(cString: strerror(errno)))
    }
}
