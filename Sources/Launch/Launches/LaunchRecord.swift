/// Keeps in a launch's folder what its process knows. Only what has changed is written.
///
/// A folder that cannot be written does not end the launch: what it lacks is written with the next look, and until then
/// ``problem`` says why.
final class LaunchRecord {
    private let folder: LaunchFolder
    private var jobs: LivingJobs?
    private var standing: LaunchStanding?
    private var problems: [String: String] = [:]

    init(_ folder: LaunchFolder) { self.folder = folder }

    /// Why something could not be written; nil if everything was.
    var problem: String? { problems.min { $0.key < $1.key }?.value }

    func save(_ jobs: LivingJobs) {
        guard jobs != self.jobs else { return }
        if attempt("jobs", { try folder.save(jobs) }) { self.jobs = jobs }
    }

    func save(_ standing: LaunchStanding) {
        guard standing != self.standing else { return }
        if attempt("standing", { try folder.save(standing) }) { self.standing = standing }
    }

    /// - Returns: whether it is written.
    func save(pinned: String) -> Bool { attempt("kernel", { try folder.save(pinned: pinned) }) }

    private func attempt(_ what: String, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            problems[what] = nil
            return true
        } catch {
            problems[what] = "\(error)"
            return false
        }
    }
}
