import Foundation

/// The C library's own stack trace, which needs neither memory nor symbols: addresses for `addr2line`.
///
/// Swift's module of the C library leaves `execinfo.h` out, so the functions are looked up by name.
struct StackTrace: Sendable {
    private typealias Collect = @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int32) -> Int32
    private typealias Print = @convention(c) (UnsafeMutablePointer<UnsafeMutableRawPointer?>, Int32, Int32) -> Void

    private let collect: Collect?
    private let print: Print?
    private static let depth: Int32 = 48

    /// Warms up: the first trace loads a library, which a dying process had better not do.
    init() {
        collect = dlsym(nil, "backtrace").map { unsafeBitCast($0, to: Collect.self) }
        print = dlsym(nil, "backtrace_symbols_fd").map { unsafeBitCast($0, to: Print.self) }
        var frame: UnsafeMutableRawPointer?
        _ = collect?(&frame, 1)
    }

    /// Writes the stack of this thread to standard error.
    func write() {
        withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: Int(Self.depth)) { frames in
            guard let collect, let print, let start = frames.baseAddress else { return }
            frames.initialize(repeating: nil)
            print(start, collect(start, Self.depth), STDERR_FILENO)
        }
    }
}
