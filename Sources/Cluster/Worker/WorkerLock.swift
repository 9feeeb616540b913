package import Foundation
import Transport

/// A worker's slot on its host: a name and a cache folder that its next process finds again, so that one process sends
/// the outbox that another left.
package struct WorkerLock: Sendable {
    package let name: String
    package let folder: URL
    /// Holds the lock while it is open, that is, until the process ends.
    private let descriptor: Int32

    /// Takes the seat of that name, or the first free one of this host.
    package static func take(name: String?, cache: URL) throws -> WorkerLock {
        if let name {
            guard let seat = try claim(name, cache) else { throw WorkerNameTaken(name: name, cache: cache.path) }
            return seat
        }
        let host = ProcessInfo.processInfo.hostName
        var number = 1
        while true {
            if let seat = try claim("\(host)-\(number)", cache) { return seat }
            number += 1
        }
    }

    /// Removes the folder at the end of the process, unless it holds something for the next one: results without receipt, or
    /// the note of a crash.
    package func removeEmptyFolder() {
        // What cannot be listed may hold anything.
        guard let files = try? FileManager.default.subpathsOfDirectory(atPath: folder.path),
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path),
            files.allSatisfy({ isEmpty(folder.appending(path: $0)) })
        else { return }
        for name in names where name != Self.fileName {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        // The lock goes last: whoever waits for it looks whether it is still there.
        unlink(folder.appending(path: Self.fileName).path)
        rmdir(folder.path)
    }

    /// Whether it is a folder, or a file without content.
    private func isEmpty(_ file: URL) -> Bool {
        var status = stat()
        return lstat(file.path, &status) == 0 && (status.st_mode & S_IFMT == S_IFDIR || status.st_size == 0)
    }

    private static let fileName = "lock"

    private static func claim(_ name: String, _ cache: URL) throws -> WorkerLock? {
        let folder = cache.appending(path: name)
        let lock = folder.appending(path: fileName).path
        while true {
            try PrivateFolder.create(folder.path)
            let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            if descriptor < 0, errno == ENOENT { continue }
            guard descriptor >= 0 else { throw WorkerLockUnusable(lock: lock, code: errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                close(descriptor)
                guard code == EWOULDBLOCK else { throw WorkerLockUnusable(lock: lock, code: code) }
                return nil
            }
            if isFile(descriptor, at: lock) { return WorkerLock(name: name, folder: folder, descriptor: descriptor) }
            // Its last holder has removed the folder meanwhile.
            close(descriptor)
        }
    }

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        var (held, there) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino
            && held.st_dev == there.st_dev
    }
}

/// A seat's lock file cannot be opened or locked, as on file systems without locks, so that it is unknown whether the
/// seat is taken.
struct WorkerLockUnusable: Error, CustomStringConvertible {
    let lock: String
    /// The operating system's error number.
    let code: Int32

    var description: String {
        "\(lock) cannot be opened and locked: \(String(cString: strerror(code))). "
            + "Make the folder writable, or give another --cache."
    }
}

/// Two workers of one name on one host would share an outbox.
struct WorkerNameTaken: Error, CustomStringConvertible {
    let name: String
    let cache: String

    var description: String {
        "a worker named \(name) is running with the cache \(cache); give this one another --name or another --cache"
    }
}
