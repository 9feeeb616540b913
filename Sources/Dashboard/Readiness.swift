/// Whether the coordinator takes results.
enum Readiness: Sendable {
    case ready
    case refusing(String)
    /// It did not respond in time.
    case unknown

    /// - Parameter refusal: why results are not taken; nil if they are.
    init(refusal: String?) {
        self = refusal.map(Readiness.refusing) ?? .ready
    }

    /// - Parameter tellsReason: the reason may name files, so that it is for those who may read everything.
    func response(tellsReason: Bool) -> HTTPResponse {
        switch self {
        case .ready: .text("ok\n")
        case .refusing(let reason): .unavailable("the ledger takes no results" + (tellsReason ? ": \(reason)" : ""))
        case .unknown: .unavailable("the coordinator does not respond")
        }
    }
}
