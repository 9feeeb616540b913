/// Text files with one line for each sample, in the order of the samples.
enum SampleLines {
    /// - Parameter thing: what the lines are, for the error's text.
    /// - Throws: `FeatureError` if the file cannot be read or has another number of lines.
    static func read(_ path: String, samples: Int, of thing: String) throws(FeatureError) -> [String] {
        let lines = try TextFile.lines(of: path)
        guard lines.count == samples else {
            throw FeatureError(
                file: path, found: "\(lines.count) \(thing)", expected: "\(samples), one for each sample",
                remedy: "Write one a line, in the order of the samples.")
        }
        return lines
    }
}
