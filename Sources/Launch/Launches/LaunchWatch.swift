import Numerics
import Scheduling
import Sweeps
import Training

/// What a launch knows of its sweep: when it may be submitted, with which kernel path, and what it needs before that.
struct LaunchWatch {
    private let settings: LaunchSettings
    private let source: SweepSource?
    /// The path that the sweep is pinned to, decided once.
    private(set) var pinned: String?
    private(set) var pinReason = "as when the launch began"
    /// The sweep's number, once it is submitted.
    var sweep: Int?
    private var firstJoined: Instant?
    /// Workers that the whole sweep would occupy, before the coordinator knows it.
    let wantedAtFirst: Int

    /// - Parameter pinned: the path that an earlier process of this launch pinned the sweep to.
    init(_ settings: LaunchSettings, _ source: SweepSource?, pinned: String?) {
        self.settings = settings
        self.source = source
        if let kernel = settings.kernel {
            (self.pinned, pinReason) = (kernel, "--kernel")
        } else if !settings.engine.isLocal, source?.specification.kernel == nil {
            self.pinned = pinned
        }
        let costs = (try? source?.plan())?.passes.map(\.cost) ?? []
        wantedAtFirst = WorkersWanted(
            workerSecondsToGo: costs.reduce(0) { $0 + CostModel.reference.seconds($1.work) },
            unfinishedUnits: costs.reduce(0) { $0 + $1.units }
        ).count(target: settings.target)
    }

    /// The sweep as it is to be submitted; nil as long as too little is known of the machines.
    ///
    /// - Parameter kernels: the best kernel path of each worker that has joined.
    mutating func readySource(_ fleet: Fleet, kernels: [String: String], at now: Instant) -> SweepSource? {
        guard var source else { return nil }
        if settings.kernel == nil, source.specification.kernel != nil || settings.engine.isLocal { return source }
        if fleet.joined > 0 { firstJoined = firstJoined ?? now }
        if pinned == nil {
            let seconds = firstJoined.map { now.seconds(since: $0) } ?? 0
            guard KernelPin.isDecidable(joined: fleet.joined, of: fleet.outstanding, seconds: seconds), !kernels.isEmpty
            else { return nil }
            pinned = KernelPin.common(kernels.values).rawValue
            pinReason = "the best that all \(kernels.count) workers offer"
        }
        source.specification.kernel = pinned
        return source
    }
}
