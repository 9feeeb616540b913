import Dispatch
import Scheduling

extension Instant {
    /// The monotonic clock of this machine; it takes no part in steps of the wall clock.
    static var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }
}
