import Features
import Foundation
import Results

/// Writes figures: SVG as it is, PDF and PNG through `rsvg-convert`.
enum FigureFile {
    /// Pixels of PNG to the inch, as journals ask for.
    private static let resolution = "300"

    /// - Throws: ``MissingConverter`` or ``ConversionError``, before anything is written.
    static func write(_ svg: String, to path: String) throws {
        let format = try PlotFormat(path: path)
        try OutputFile.write(format == .svg ? Array(svg.utf8) : try converted(svg, to: format, for: path), to: path)
    }

    private static func converted(_ svg: String, to format: PlotFormat, for path: String) throws -> [UInt8] {
        guard let converter = converter() else { throw MissingConverter(path: path) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "probesweep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (source, target) = (folder.appending(path: "figure.svg"), folder.appending(path: "figure.out"))
        try Data(svg.utf8).write(to: source)
        let process = Process(), messages = Pipe()
        process.executableURL = converter
        process.arguments = [
            "--format", format.rawValue, "--dpi-x", resolution, "--dpi-y", resolution, "--output", target.path,
            source.path,
        ]
        // Cairo writes this instead of the time, so that a figure has the same bytes each time.
        process.environment = ProcessInfo.processInfo.environment.merging(["SOURCE_DATE_EPOCH": "0"]) { $1 }
        process.standardError = messages
        try process.run()
        let said = messages.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let bytes = try? Data(contentsOf: target) else {
            throw ConversionError(path: path, said: String(decoding: said, as: UTF8.self))
        }
        return Array(bytes)
    }

    private static func converter() -> URL? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { URL(filePath: String($0)).appending(path: "rsvg-convert") }.first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
    }
}

/// PDF or PNG was asked for on a machine without the program that makes them.
struct MissingConverter: Error, CustomStringConvertible {
    let path: String

    var description: String {
        "\(path) cannot be made: there is no rsvg-convert on PATH. Install it (Debian: apt-get install librsvg2-bin "
            + "fonts-liberation), or give --output a name that ends in .svg."
    }
}

/// `rsvg-convert` failed.
struct ConversionError: Error, CustomStringConvertible {
    let path: String
    let said: String

    var description: String {
        let line = said.split(separator: "\n").last.map(String.init) ?? "it says nothing"
        return
            "\(path) cannot be made: rsvg-convert failed (\(line)). Give --output a name that ends in .svg, and convert that."
    }
}
