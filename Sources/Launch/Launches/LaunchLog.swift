import Foundation
import Identities

/// What a launch says to people: a line each, in its folder and from there on the terminal that waits.
struct LaunchLog: Sendable {
    private let file: URL

    init(_ folder: LaunchFolder) { file = folder.log }

    func say(_ line: String) {
        let text = "\(Date.now.ISO8601Format()) \(line.printable)\n"
        let descriptor = open(file.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = Array(text.utf8).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    func say(_ note: Fleet.Note) { say(note.line) }
}

extension Fleet.Note {
    var line: String {
        switch self {
        case .joined(let member): "worker \(member) has joined"
        case .ended(let member, let end): "worker \(member) \(end.description)"
        case .failed(let member, let fault, let pause):
            "worker \(member) \(fault.description); the next start is in \(Int(pause.rounded(.up))) s"
        case .leftOut(let member, let fault, let pause):
            "worker \(member) \(fault.description); it is left out, and tried again in \(Int(pause.rounded(.up))) s"
        case .surplus(let member): "worker \(member) is not needed any more, and leaves the queue"
        }
    }
}

extension Fleet.Failure.Fault {
    var description: String {
        switch self {
        case .ended(let end): "\(end.description), before it could work"
        case .notJoined(let seconds):
            "runs and has not joined within \(Int(seconds)) s: can its machine reach the coordinator's endpoint?"
        case .refused(let reason): "could not be started: \(reason)"
        }
    }
}
