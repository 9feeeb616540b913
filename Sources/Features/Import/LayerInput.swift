extension FeatureImport {
    /// A layer, and the file or files that it comes from.
    package struct LayerInput: Sendable, Equatable {
        package var index: Int
        package var name: String
        /// A file, or a pattern of files of one sample each, and the array in it behind a colon: `slides/*.h5:features`.
        package var file: String

        package init(index: Int, name: String? = nil, file: String) {
            self.index = index
            self.name = name ?? "layer \(index)"
            self.file = file
        }

        /// The layers of files whose names differ in the layer's index, such as `birds.layer*.npy`, in rising order.
        ///
        /// - Parameter pattern: has one `*`, which stands for the index.
        package static func matching(_ pattern: String) throws(FeatureError) -> [LayerInput] {
            let (files, key) = TokenFile.split(pattern)
            let parts = files.split(separator: "*", omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw FeatureError(
                    file: pattern, found: "\(parts.count - 1) stars",
                    expected: "one, in the place of the layer's index",
                    remedy: "Give a pattern such as --layers 'birds.layer*.npy'.")
            }
            let found = try FilePattern(files).files().map { (file) throws(FeatureError) in
                let star = file.dropFirst(parts[0].count).dropLast(parts[1].count)
                guard let index = Int(star), index >= 0 else {
                    throw FeatureError(
                        file: file, found: "\"\(star)\" in the place of the star", expected: "the layer's index",
                        remedy: "Narrow the pattern, or give the layers one by one: --layer INDEX=FILE.")
                }
                return LayerInput(index: index, file: file + (key.map { ":\($0)" } ?? ""))
            }
            return found.sorted { $0.index < $1.index }
        }
    }
}
