import Foundation
import Glibc

/// A process of its own that reads HDF5 files for an import.
///
/// A damaged file can make the HDF5 library touch memory that it must not. There it ends that process, and here it is an
/// error like any other.
final class HDF5Process {
    private let command: [String]
    private let process = Process()
    private var socket: Int32 = -1

    /// - Parameter command: program and arguments of a process that calls ``HDF5Service``; it is started when the first
    ///   file is opened.
    init(_ command: [String]) { self.command = command }

    deinit { end() }

    fileprivate var channel: HDF5Channel { HDF5Channel(socket: socket) }

    func open(_ path: String, key: String?) throws(FeatureError) -> TokenArray {
        if socket < 0 { try start(for: path) }
        guard
            case .opened(let dataset, let shape, let element, let isBigEndian) =
                try ask(.open(path: path, key: key), about: path)
        else { throw failure(path) }
        return TokenArray(
            path: path, element: element, isBigEndian: isBigEndian, shape: shape,
            reader: RemoteRows(
                process: self, dataset: dataset, path: path, rowBytes: (shape.last ?? 1) * element.byteCount))
    }

    private func start(for path: String) throws(FeatureError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw notStarted(MappedFile.lastError(), path)
        }
        socket = ends[0]
        defer { close(ends[1]) }
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        // A report of where it failed would take seconds, and says nothing about the file.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
        process.standardInput = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw notStarted(systemReason(of: error), path) }
    }

    private func notStarted(_ reason: String, _ path: String) -> FeatureError {
        FeatureError(
            file: path, found: "no process to read it: \(reason)",
            remedy: "Check the limits of the system (ulimit -u) and \(command[0]).")
    }

    /// Ends the process, which waits for requests, by closing its socket.
    private func end() {
        guard socket >= 0 else { return }
        close(socket)
        socket = -1
        if process.processIdentifier != 0 { process.waitUntilExit() }
    }

    fileprivate func ask(_ request: HDF5Request, about path: String) throws(FeatureError) -> HDF5Reply {
        guard channel.send(request), let reply: HDF5Reply = channel.receive() else { throw failure(path) }
        if case .failed(let error) = reply { throw error }
        return reply
    }

    fileprivate func failure(_ path: String) -> FeatureError {
        end()
        let isSignal = process.terminationReason == .uncaughtSignal
        return FeatureError(
            file: path,
            found: "made the HDF5 library fail (\(isSignal ? "signal" : "status") \(process.terminationStatus))",
            expected: "a whole HDF5 file", remedy: "The file is damaged: copy or write it again.")
    }
}

/// Rows of a data set that the other process has open.
private final class RemoteRows: RowReader {
    private let process: HDF5Process
    private let dataset: Int
    private let path: String
    private let rowBytes: Int

    init(process: HDF5Process, dataset: Int, path: String, rowBytes: Int) {
        self.process = process
        self.dataset = dataset
        self.path = path
        self.rowBytes = rowBytes
    }

    deinit { _ = process.channel.send(HDF5Request.close(dataset: dataset)) }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: rows.count * rowBytes, alignment: 64)
        defer { buffer.deallocate() }
        let request = HDF5Request.rows(dataset: dataset, first: rows.lowerBound, end: rows.upperBound)
        guard case .elements(buffer.count) = try process.ask(request, about: path),
            process.channel.receive(into: buffer)
        else { throw process.failure(path) }
        try body(UnsafeRawBufferPointer(buffer))
    }
}
