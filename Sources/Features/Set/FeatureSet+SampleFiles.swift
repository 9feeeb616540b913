import Foundation

/// What the manifest says of samples beside their tokens.
extension FeatureSet {
    /// The relative path of each sample's file; nil where the manifest names none.
    package func sampleFiles() throws(FeatureError) -> [String]? {
        guard let files = manifest.files else { return nil }
        return try SampleLines.read("\(folder)/\(files.file)", samples: manifest.samples, of: "paths")
    }

    /// The file that has the text of each stored token; nil where the manifest names none.
    package var tokenTextFile: String? { manifest.tokenTexts.map { "\(folder)/\($0.file)" } }

    /// The text of each stored token of some samples, in the order given; nil where the manifest has none.
    package func tokenTexts(of samples: [Int]) throws(FeatureError) -> [[String]]? {
        guard let path = tokenTextFile else { return nil }
        let lines = try SampleLines.read(path, samples: manifest.samples, of: "lists of tokens")
        var texts: [[String]] = []
        for sample in samples {
            guard let list = try? JSONDecoder().decode([String].self, from: Data(lines[sample].utf8)) else {
                throw FeatureError(
                    file: path, field: "line \(sample + 1)", found: String(lines[sample].prefix(60)),
                    expected: "a JSON list of texts", remedy: "Write one list a line, in the order of the samples.")
            }
            texts.append(list)
        }
        return texts
    }
}
