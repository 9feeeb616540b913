import Foundation
import Synchronization

/// A latching signal: wakes the thread that waits for something to be posted to it.
///
/// It waits on the monotonic clock. Dispatch's semaphores and Foundation's conditions use the wall clock on Linux,
/// where setting the clock back by an hour makes a wait of a second last an hour.
package final class MonotonicCondition: Sendable {
    // Allocated in init and freed in deinit; in between only pthread's own functions touch them.
    private nonisolated(unsafe) let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let isRung = Atomic<Bool>(false)

    package init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    package func ring() {
        pthread_mutex_lock(mutex)
        isRung.store(true, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
        // After unlocking, since the woken thread takes the lock first.
        pthread_cond_signal(condition)
    }

    /// Waits for a ring since the last wait, or until the timeout.
    /// - Returns: Whether it rang.
    package func wait(atMost nanoseconds: Int64) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if !isRung.load(ordering: .relaxed), nanoseconds > 0 {
            var deadline = timespec()
            clock_gettime(CLOCK_MONOTONIC, &deadline)
            let sum = Int64(deadline.tv_nsec) + nanoseconds % 1_000_000_000
            deadline.tv_sec += Int(nanoseconds / 1_000_000_000 + sum / 1_000_000_000)
            deadline.tv_nsec = Int(sum % 1_000_000_000)
            while !isRung.load(ordering: .relaxed) {
                if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
            }
        }
        return isRung.exchange(false, ordering: .relaxed)
    }
}
