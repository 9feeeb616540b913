import Foundation

/// How many files and connections this process may have open.
enum DescriptorLimit {
    /// Raises the limit as far as the system allows: each connection is a descriptor, and the usual 1,024 are few for a
    /// coordinator.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
