package import Foundation
import Identities

/// The machines of `--on ssh:HOSTS`.
package struct HostList: Sendable, Equatable {
    package let hosts: [String]

    /// - Parameter text: `node1,node2`, or `@FILE` with a host a line; empty lines and those that start with `#` are
    ///   skipped. A host is a name of the user's ssh configuration, or `user@name`.
    /// - Throws: ``EngineError`` for a file that cannot be read, a host that is none, or one that is there twice.
    package init(_ text: String, folder: URL = URL(filePath: ".")) throws(EngineError) {
        let names: [Substring]
        if text.hasPrefix("@") {
            let path = String(text.dropFirst())
            let file = path.hasPrefix("/") ? URL(filePath: path) : folder.appending(path: path)
            guard let content = try? String(contentsOf: file, encoding: .utf8) else {
                throw EngineError("--on ssh:\(text)", "\(file.path) cannot be read; it has a host a line")
            }
            names = content.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        } else {
            names = text.split(separator: ",", omittingEmptySubsequences: false)
        }
        hosts = names.map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            text.hasPrefix("@") ? !$0.isEmpty : true
        }
        guard !hosts.isEmpty else { throw EngineError("--on ssh:\(text)", "there is no host; give ssh:node1,node2") }
        for host in hosts { try Self.check(host) }
        if let twice = Dictionary(grouping: hosts, by: LaunchSettings.plain).filter({ $0.value.count > 1 }).keys.min() {
            throw EngineError(
                "--on ssh",
                "\(twice) is there twice, or two names that differ in signs alone; one worker uses a whole machine")
        }
    }

    /// A name that begins with a hyphen would be an option of ssh.
    private static func check(_ host: String) throws(EngineError) {
        let isName =
            !host.isEmpty && !host.hasPrefix("-") && !host.contains("@-")
            && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@:[]%".contains($0)) }
        guard isName else {
            throw EngineError(
                "--on ssh", "“\(host.printable)” is no host; give names of your ssh configuration, or user@name")
        }
    }
}
