import Dispatch
import Synchronization

/// A one-shot future: passes the coordinator's answer from a task to the thread that waits for it.
final class PendingAnswer<Value: Sendable>: Sendable {
    private let value: Mutex<Value?> = Mutex(nil)
    private let isReady = DispatchSemaphore(value: 0)

    /// The answer, or nil if none comes within two seconds. Blocks one of the server's threads, which do nothing else.
    static func waiting(for question: @escaping @Sendable () async -> Value) -> Value? {
        let answer = PendingAnswer()
        Task {
            let value = await question()
            answer.value.withLock { $0 = value }
            answer.isReady.signal()
        }
        _ = answer.isReady.wait(timeout: .now() + 2)
        return answer.value.withLock { $0 }
    }
}
