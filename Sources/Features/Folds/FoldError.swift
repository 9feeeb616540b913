/// Why a task's samples cannot be split as asked.
package enum FoldError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownScheme(String)
    /// Fewer folds than 2, or a predefined split with more than one.
    case badCount(scheme: String, count: Int)
    case fewerSamplesThanFolds(samples: Int, folds: Int)
    case fewerGroupsThanFolds(groups: Int, folds: Int)
    case classSmallerThanFolds(className: String, samples: Int, folds: Int)
    /// All samples of a class lie in this fold, so that none are left to train on when it is tested.
    case classOnlyInTest(className: String, samples: Int, fold: Int)
    /// By their hashes, no sample lies in this fold.
    case emptyFold(fold: Int, folds: Int)
    case missing(scheme: String, column: String)
    /// A predefined split without training or test rows.
    case emptySide(training: Int, test: Int)

    package var description: String {
        switch self {
        case .unknownScheme(let scheme):
            "The fold scheme \"\(scheme)\" is unknown; expected stratified, plain, grouped, "
                + "hashed or predefined."
        case .badCount("predefined", let count):
            "A predefined split has 1 fold, not \(count). Set count: 1."
        case .badCount(let scheme, let count):
            "\(count) \(scheme) folds leave nothing to train or test on; expected at least 2."
        case .fewerSamplesThanFolds(let samples, let folds):
            "\(samples) samples cannot fill \(folds) folds. Use at most \(samples) folds."
        case .fewerGroupsThanFolds(let groups, let folds):
            "\(groups) groups cannot fill \(folds) folds, since a group never spans folds. "
                + "Use at most \(groups) folds."
        case .classSmallerThanFolds(let name, let samples, let folds):
            "Class \(name) has \(samples) samples, fewer than the \(folds) folds. Use at most \(samples) folds, "
                + "or leave the class out."
        case .classOnlyInTest(let name, let samples, let fold):
            "All \(samples) samples of class \(name) lie in fold \(fold), so that none are left to train on "
                + "when that fold is tested. Use stratified folds, another seed, or leave the class out."
        case .emptyFold(let fold, let folds):
            "By their hashes no sample lies in fold \(fold) of \(folds). "
                + "Use fewer folds, another seed, or stratified or grouped folds."
        case .missing(let scheme, let column):
            "\(scheme) folds need the task's \(column), which are missing. Add \(column) or choose another scheme."
        case .emptySide(let training, let test):
            "The predefined split has \(training) training and \(test) test rows; expected some of both. "
                + "Mark training rows 0 and test rows 1."
        }
    }
}
