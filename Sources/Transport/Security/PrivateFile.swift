import Foundation

/// Secret files: mode 0600 from the first byte, and rejected if anybody else has a permission on them.
enum PrivateFile {
    static func create(_ path: String, text: String) throws(TransportError) {
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .keyFile(
                path: path, problem: "it cannot be created: \(String(cString: strerror(errno)))",
                remedy: "Keys are never overwritten: choose an empty folder, or remove the old keys first")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
        } catch {
            throw .call("write", on: path, reason: "\(error)")
        }
    }

    static func read(_ path: String) throws(TransportError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .keyFile(
                path: path, problem: "it cannot be read: \(String(cString: strerror(errno)))",
                remedy: "`probesweep keys new --output DIR` makes keys")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        // fstat on the open file, not stat on its path, to avoid a check-then-use race.
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw .keyFile(
                path: path,
                problem: "users other than its owner may use it (mode \(String(status.st_mode & 0o777, radix: 8)))",
                remedy: "chmod 600 \(path), and make new keys if strangers could have read it")
        }
        do {
            return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        } catch {
            throw .call("read", on: path, reason: "\(error)")
        }
    }
}
