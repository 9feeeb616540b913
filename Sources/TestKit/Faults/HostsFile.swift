package import Foundation

/// A file of names and their addresses that takes the place of `/etc/hosts` for chosen processes.
package struct HostsFile: Sendable {
    private let file: URL

    /// Why this machine cannot give a process a file of its own; nil if it can.
    package static let refusal: String? = {
        do {
            let folder = try TemporaryFolder()
            let hosts = try HostsFile(folder.file("hosts"), ["::1 \(name)"])
            try Command.run(hosts.prefix + ["getent", "ahostsv6", name])
            return nil
        } catch {
            return "/etc/hosts cannot be replaced for one process: \(error)"
        }
    }()

    /// A name that no other file has.
    package static let name = "head.probesweep.test"

    /// - Parameter lines: each an address and the names that lead to it.
    package init(_ file: URL, _ lines: [String]) throws {
        self.file = file
        try write(lines)
    }

    /// Changes the file under the processes that see it.
    package func write(_ lines: [String]) throws {
        let text = Data((["127.0.0.1 localhost"] + lines).joined(separator: "\n").utf8) + Data("\n".utf8)
        // In place: a mount shows the file that it was made of, not another of the same path.
        if FileManager.default.fileExists(atPath: file.path) {
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: text)
            try handle.close()
        } else {
            try text.write(to: file)
        }
    }

    /// The prefix of a command that sees the file.
    package var prefix: [String] {
        [
            "unshare", "--mount", "sh", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"", file.path,
        ]
    }
}
