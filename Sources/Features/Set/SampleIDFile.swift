import Foundation

/// `ids.txt`: one id a line, in the order of the samples.
enum SampleIDFile {
    static func read(_ path: String, samples: Int) throws(FeatureError) -> [String] {
        let ids = try lines(of: path, samples: samples)
        try check(ids, path: path)
        return ids
    }

    /// The ids, which may have duplicates.
    static func lines(of path: String, samples: Int) throws(FeatureError) -> [String] {
        try SampleLines.read(path, samples: samples, of: "ids")
    }

    private static func check(_ ids: [String], path: String) throws(FeatureError) {
        var lineOfID: [String: Int] = [:]
        for (index, id) in ids.enumerated() {
            guard !id.isEmpty else {
                throw FeatureError(
                    file: path, field: "line \(index + 1)", found: "an empty id", remedy: "Give every sample an id.")
            }
            if let first = lineOfID.updateValue(index + 1, forKey: id) {
                throw FeatureError(
                    file: path, field: "line \(index + 1)", found: "the id \"\(id)\", as in line \(first)",
                    expected: "unique ids", remedy: "Give every sample a unique id.")
            }
        }
    }

    /// Writes the ids and returns the SHA-256 of the file.
    static func write(_ ids: [String], to path: String) throws(FeatureError) -> String {
        try check(ids, path: path)
        if let index = ids.firstIndex(where: { $0.utf8.contains(UInt8(ascii: "\n")) }) {
            throw FeatureError(
                file: path, field: "line \(index + 1)", found: "an id with a line break",
                remedy: "Give ids without line breaks.")
        }
        return try OutputFile.write(Array((ids.joined(separator: "\n") + "\n").utf8), to: path)
    }
}
