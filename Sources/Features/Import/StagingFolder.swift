import Foundation

/// A folder inside a feature set that an import writes to, so that nothing of the set changes before all was checked.
///
/// `publish` gives the files their places: arrays first, then the headers of tasks, then the manifest, each by one
/// rename. A header is what makes arrays part of the set, so a reader sees the set as it was or with whole layers and
/// tasks.
final class StagingFolder {
    /// Where to write, laid out like the set.
    let path: String
    private let set: String
    /// Folders that did not exist before, the outermost first.
    private var created: [String] = []
    private var isFinished = false

    private init(path: String, set: String) {
        self.path = path
        self.set = set
    }

    deinit { if !isFinished { discard() } }

    static func create(in set: String) throws(FeatureError) -> StagingFolder {
        let staging = StagingFolder(path: "\(set)/.import-\(getpid())-\(UInt32.random(in: 0...UInt32.max))", set: set)
        try staging.makeFolder(staging.path)
        return staging
    }

    /// Moves every file to its place; if one cannot be moved, puts back those that were.
    func publish() throws(FeatureError) {
        let files = try files().sorted { (Self.rank($0), $0) < (Self.rank($1), $1) }
        let replaced = "\(path)/.replaced"
        try makeFolder(replaced)
        var moved: [(file: String, backup: String?)] = []
        do throws(FeatureError) {
            for (number, file) in files.enumerated() {
                try makeFolder(Self.parent(of: "\(set)/\(file)"))
                let backup = try backUp(file, to: "\(replaced)/\(number)")
                moved.append((file, backup))
                try Self.move("\(path)/\(file)", to: "\(set)/\(file)")
            }
        } catch {
            for (file, backup) in moved.reversed() {
                if let backup { rename(backup, "\(set)/\(file)") } else { unlink("\(set)/\(file)") }
            }
            throw error
        }
        isFinished = true
        try? FileManager.default.removeItem(atPath: path)
    }

    // MARK: Files

    private func files() throws(FeatureError) -> [String] {
        guard let entries = try? FileManager.default.subpathsOfDirectory(atPath: path) else {
            throw FeatureError(file: path, found: "cannot be read", remedy: "Check path and permissions.")
        }
        return entries.filter { entry in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(path)/\(entry)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Arrays come before what names them.
    private static func rank(_ file: String) -> Int {
        if file == FeatureSetManifest.fileName { return 2 }
        return file.hasSuffix(".json") ? 1 : 0
    }

    /// Keeps what a file is about to replace, nil if there is nothing. A header stays in its place meanwhile.
    private func backUp(_ file: String, to backup: String) throws(FeatureError) -> String? {
        let current = "\(set)/\(file)"
        guard FileManager.default.fileExists(atPath: current) else { return nil }
        if Self.rank(file) == 0 {
            try Self.move(current, to: backup)
        } else {
            do { try FileManager.default.copyItem(atPath: current, toPath: backup) } catch {
                throw FeatureError(
                    file: current, found: "cannot be copied: \(error)", remedy: "Check permissions and free space.")
            }
        }
        return backup
    }

    private static func move(_ source: String, to target: String) throws(FeatureError) {
        guard rename(source, target) == 0 else {
            throw FeatureError(
                file: target, found: "cannot be written: \(MappedFile.lastError())",
                remedy: "Check path, permissions and free space.")
        }
    }

    /// Creates a folder and those above it that are missing.
    private func makeFolder(_ folder: String) throws(FeatureError) {
        var missing: [String] = []
        var outer = folder
        while !outer.isEmpty && !FileManager.default.fileExists(atPath: outer) {
            missing.append(outer)
            outer = Self.parent(of: outer)
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw FeatureError(
                file: folder, found: "cannot be created: \(error)", remedy: "Check path and permissions.")
        }
        created += missing.reversed()
    }

    /// The folder above, empty where the path names none. Foundation's own function traps for paths of one letter.
    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private func discard() {
        try? FileManager.default.removeItem(atPath: path)
        // Removes empty folders alone, so nothing that somebody else put there.
        for folder in created.reversed() { rmdir(folder) }
    }
}
