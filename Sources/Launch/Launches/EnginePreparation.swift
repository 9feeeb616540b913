import Scheduling

/// Prepares an engine before anything is started with it.
///
/// While jobs of an earlier process of the launch are there, an engine that cannot be prepared is tried again: the jobs work
/// on, and it may be that the engine only does not answer now.
struct EnginePreparation {
    /// Seconds between two attempts.
    static let pause = 30.0

    private let engine: any Engine
    private(set) var isDone = false
    /// Why the last attempt failed.
    private(set) var problem: String?
    private var notBefore = Instant(nanoseconds: .min)

    init(_ engine: any Engine) { self.engine = engine }

    /// Makes an attempt if one is due.
    ///
    /// - Parameter hasJobs: whether there are jobs of an earlier process.
    /// - Throws: what the engine throws, if there are none.
    mutating func proceed(hasJobs: Bool, at now: Instant, report: (String) -> Void) async throws {
        guard !isDone, now >= notBefore else { return }
        do {
            try await engine.prepare(report: report)
            (isDone, problem) = (true, nil)
        } catch {
            guard hasJobs else { throw error }
            if problem == nil { report("\(error); the jobs that are there go on, and it is tried again") }
            (problem, notBefore) = ("\(error)", now + Self.pause)
        }
    }
}
