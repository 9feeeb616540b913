package import Foundation
package import Transport

/// A process in a session of its own, which goes on when the terminal that started it goes away.
package struct DetachedProcess: Sendable {
    private let number: pid_t

    /// POSIX_SPAWN_SETSID of glibc, which the importer of C does not show.
    private static let newSession: Int32 = 0x80

    /// - Parameter log: where its output is appended.
    /// - Throws: `TransportError` if it cannot be started.
    package static func start(
        _ program: URL, _ arguments: [String], log: URL
    ) throws(TransportError) -> DetachedProcess {
        var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        keepInheritedDescriptors()
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(newSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = ([program.path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var number: pid_t = 0
        let code = posix_spawn(&number, program.path, &actions, &attributes, &words, environ)
        guard code == 0 else { throw .call("posix_spawn", on: program.path, reason: String(cString: strerror(code))) }
        return DetachedProcess(number: number)
    }

    /// Whether it runs. Once it has ended its number may become another process's, so that it is asked for no more after
    /// the first no.
    package var isRunning: Bool { waitpid(number, nil, WNOHANG) == 0 }

    /// Keeps for this process what it inherited beside the standard streams: whoever started it may wait until everybody
    /// has closed it, and the new process goes on for hours.
    private static func keepInheritedDescriptors() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
