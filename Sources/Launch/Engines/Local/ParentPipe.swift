import Foundation
package import Transport

/// A pipe by which the workers of a local cluster learn that the process which started them is gone: its end closes
/// whatever way that process ends.
///
/// Unlike a look at the parent's number, it wakes the worker at once; unlike `PR_SET_PDEATHSIG`, it does not depend on the
/// thread that started the worker, which is one of a pool.
package final class ParentPipe: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// - Throws: `TransportError` without descriptors for it.
    init() throws(TransportError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .call("pipe", on: "the workers' standard input", reason: String(cString: strerror(errno)))
        }
        // Closed in every process that is started: only this one may keep the end open on which the workers wait.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// The standard input of a worker.
    var standardInput: FileHandle { FileHandle(fileDescriptor: readEnd, closeOnDealloc: false) }

    /// In a worker: ends this process as soon as its standard input, a pipe, has no writer any more. What the other threads
    /// do meanwhile, or wait for, does not matter.
    ///
    /// - Throws: `TransportError` if the system refuses the thread that watches.
    package static func endProcessWithParent() throws(TransportError) {
        try CheckedThread.start("parent") {
            var input = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
            // A hang-up is always reported, and nothing else is asked for.
            while poll(&input, 1, -1) < 0, errno == EINTR {}
            _exit(1)
        }
    }
}
