import Dispatch
package import Scheduling

extension Instant {
    /// The machine's monotonic clock, which steps of the wall clock do not affect.
    package static var now: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }
}
