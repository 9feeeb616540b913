import Features
package import Numerics
import Units

extension RegularizationPath {
    /// A path on labelled features alone, without folds or a unit: what benchmarks hold beside other programs.
    ///
    /// - Parameters:
    ///   - features: `[n, D]`.
    ///   - labels: `[n]`, each in 0 ..< `classes`.
    package convenience init(
        _ features: Matrix<Float>, labels: [Int32], classes: Int, settings: LogisticSettings, on path: KernelPath
    ) {
        let rows = Array(labels.indices)
        let task = FeatureTask(
            name: "labels", kind: .classification, metric: "top1", classes: classes, samples: rows,
            targets: .classes(labels))
        let reference = TaskReference(
            name: "labels", digest: "", kind: "classification", classes: classes, metric: "top1")
        let targets = TrainingTargets(task, reference, classWeights: nil, rows: rows)
        self.init(
            LogisticLoss(features, targets, rows: rows, on: path),
            double: {
                let wide = Matrix<Double>(rows: features.rows, columns: features.columns)
                for index in 0..<features.rows * features.columns {
                    wide.elements[index] = Double(features.elements[index])
                }
                return LogisticLoss(wide, targets, rows: rows, on: path)
            },
            LimitedMemoryBFGS(
                maximumIterations: settings.maximumIterations, tolerance: settings.tolerance, gap: settings.gap))
    }
}
