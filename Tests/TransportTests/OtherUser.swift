import Foundation
import TestKit

/// A user besides the one who runs the tests, without an account.
enum OtherUser {
    static let id: uid_t = 4_711

    /// Executes what follows as that user; the groups are still to be said.
    static let prefix = ["setpriv", "--reuid", "\(id)", "--regid", "\(id)"]

    /// Why there can be no files and processes of that user, nil if there can.
    static let refusal: String? = {
        guard geteuid() == 0 else { return "only root can make files and processes of other users" }
        let paths = [NSTemporaryDirectory(), (try? Program.executable().path) ?? "/"]
        return paths.flatMap(partsOfWay).first { !isOpen($0) }.map { "other users cannot go through \($0)" }
    }()

    /// The path itself is the last.
    private static func partsOfWay(_ path: String) -> [String] {
        let parts = URL(filePath: path).standardizedFileURL.path.split(separator: "/")
        return (0...parts.count).map { "/" + parts.prefix($0).joined(separator: "/") }
    }

    private static func isOpen(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o001 != 0
    }
}
