/// `tasks/NAME.json`: the description of a task; its arrays are in the safetensors file that it names.
///
/// ```json
/// {
///   "format": 1, "name": "lexname", "kind": "classification", "metric": "top1", "classes": 11,
///   "classNames": ["artifact", "person"],
///   "data": {"file": "tasks/lexname.safetensors", "sha256": "…"}
/// }
/// ```
struct TaskFile: Codable {
    static let currentFormat = 1
    static let folder = "tasks"

    var format: Int
    var name: String
    var kind: String
    var metric: String
    var classes: Int
    var classNames: [String]?
    var groupNames: [String]?
    var data: FeatureSetManifest.FileReference

    static func path(of name: String) -> String { "\(folder)/\(name).json" }

    /// Where the arrays of a new task go; readers take the file that the header names.
    static func dataPath(of name: String) -> String { "\(folder)/\(name).safetensors" }

    static func check(name: String, folder: String) throws(FeatureError) {
        guard isValid(name: name) else {
            throw FeatureError(
                file: folder, field: "task name", found: "\"\(name)\"",
                expected: "letters, digits, '-', '_' and '.', not beginning with '.'", remedy: "Choose another name.")
        }
    }

    /// A task's name is part of file names, so it is restricted to characters that every file system and shell accepts.
    private static func isValid(name: String) -> Bool {
        let others = Set("-_.".utf8)
        return !name.isEmpty && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || others.contains(byte)
            }
    }
}
