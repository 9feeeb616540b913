import Foundation
import Synchronization

/// The crash handler: reports a trap, a failed assertion or a bad access, and ends the process.
///
/// Swift's own backtracer would hold the dying process, its port and its lock for up to minutes while it reads the
/// program's symbols. This takes milliseconds, and a second at most: a watchdog ends the process if the report hangs.
package enum TrapReport {
    /// Signals that mean a bug in the program.
    private static let signals: [(number: Int32, name: StaticString)] = [
        (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"), (SIGABRT, "SIGABRT"), (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"),
        (SIGFPE, "SIGFPE"),
    ]

    /// The address of the coordinator's ``WorkInHand``, 0 where there is none.
    private static let watched = Atomic<UInt>(0)
    /// The signal that is being reported, 0 before the first.
    private static let reported = Atomic<Int32>(0)
    private static let reporter = Atomic<UInt>(0)
    private static let stackTrace = StackTrace()

    /// To be called once, when the program starts.
    package static func install() {
        _ = stackTrace
        useOwnStack()
        for signal in signals {
            var action = sigaction()
            action.__sigaction_handler.sa_sigaction = { number, _, _ in TrapReport.end(by: number) }
            action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER
            sigaction(signal.number, &action, nil)
        }
    }

    /// Gives this thread an alternate signal stack, so that it can report a stack overflow.
    static func useOwnStack() {
        let bytes = 256 << 10
        var stack = stack_t()
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 16)
        stack.ss_size = bytes
        sigaltstack(&stack, nil)
    }

    static func watch(_ work: UnsafeMutablePointer<WorkInHand>) {
        watched.store(UInt(bitPattern: work), ordering: .releasing)
    }

    static func forget(_ work: UnsafeMutablePointer<WorkInHand>) {
        _ = watched.compareExchange(
            expected: UInt(bitPattern: work), desired: 0, ordering: .acquiringAndReleasing)
    }

    static func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func write(_ text: StaticString) {
        _ = Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    }

    private static func end(by number: Int32) {
        let thread = UInt(bitPattern: Int(truncatingIfNeeded: pthread_self()))
        guard reported.compareExchange(expected: 0, desired: number, ordering: .acquiringAndReleasing).exchanged else {
            // The report itself crashed: give up. Otherwise another thread is reporting, and will end the process.
            if reporter.load(ordering: .acquiring) == thread { die(by: number) }
            while true { pause() }
        }
        reporter.store(thread, ordering: .releasing)
        setDeadline()
        write("probesweep: ended by ")
        for signal in signals where signal.number == number { write(signal.name) }
        write(", a bug in the program\n")
        UnsafePointer<WorkInHand>(bitPattern: watched.load(ordering: .acquiring))?.pointee.report()
        stackTrace.write()
        die(by: number)
    }

    /// The watchdog: whatever the report waits for, such as a lock that the trapped thread holds, it gets one second.
    private static func setDeadline() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            TrapReport.die(by: TrapReport.reported.load(ordering: .acquiring))
        }
        sigaction(SIGALRM, &action, nil)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGALRM)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        alarm(1)
    }

    private static func die(by number: Int32) {
        signal(number, SIG_DFL)
        // Delivered to this thread before the call returns, unless the signal is blocked.
        raise(number)
        _exit(128 + number)
    }
}
