import Features

extension Diagnosis {
    /// Opens every layer and task; tokens are not read.
    func featureSet(_ folder: String) -> Finding {
        do {
            let summary = try FeatureSet.open(folder).summary()
            if let problem = summary.unreadable.first {
                let others = summary.unreadable.count - 1
                return .failure("features", "\(problem)" + (others == 0 ? "" : " And \(others) more."))
            }
            let found =
                "\(folder): \(summary.samples) samples, \(summary.layers.count) layers, \(summary.tasks.count) tasks"
            guard !summary.tasks.isEmpty else {
                return .warning(
                    "features", found, remedy: "Add labels with `probesweep features import \(folder) --labels FILE`.")
            }
            return .ok("features", found)
        } catch {
            return .failure("features", "\(error)")
        }
    }
}
