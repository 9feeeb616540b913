import Identities
import Scheduling
import Testing

@testable import Cluster

@Suite("The coordinator's log")
struct LogSamplerTests {
    @Test("Of a thousand failures for one reason four are told, and another reason is told at once")
    func tellsRoundNumbers() {
        var story = LogSampler()
        let told = (1...1000).filter { number in
            story.isWorthTelling(
                .unitFailed(UnitKey(words: UInt64(number), 0, 0, 0), worker: "one", reason: "no features"))
        }
        #expect(told == [1, 10, 100, 1000])
        let another = story.isWorthTelling(
            .unitFailed(UnitKey(words: 0, 0, 0, 0), worker: "one", reason: "NaN"))
        let resumed = story.isWorthTelling(.resumed)
        #expect(another && resumed)
    }
}
