import Cluster
import Numerics
import Testing

@Suite("Spans of time")
struct TimeSpanTests {
    @Test(
        "A span has a unit, or counts seconds",
        arguments: [("90s", 90.0), ("10m", 600), ("1h", 3_600), ("2d", 172_800), ("1.5h", 5_400), ("45", 45)])
    func reads(text: String, seconds: Double) {
        #expect(TimeSpan(text)?.seconds == seconds)
        #expect(IdleTimeout(text)?.seconds == seconds)
    }

    @Test(
        "What is no span, or no time, is refused",
        arguments: ["", "m", "ten minutes", "-5m", "0", "0s", "nan", "inf", "1e300h", "10 m", "5w"])
    func refuses(text: String) {
        #expect(TimeSpan(text) == nil)
        #expect(IdleTimeout(text) == nil)
    }

    @Test("Idle workers leave after ten minutes where an engine started them, and stay elsewhere")
    func standard() {
        func standard(_ environment: [String: String]) -> Double? {
            IdleTimeout.standard(
                in: Surroundings(environment: environment, processors: [0], physicalMemory: 1 << 33)
            ).seconds
        }
        #expect(standard(["SLURM_JOB_ID": "7"]) == 600)
        #expect(standard(["KUBERNETES_SERVICE_HOST": "10.0.0.1"]) == 600)
        #expect(standard(["HOME": "/home/me"]) == nil)
        #expect(IdleTimeout("none") == .never)
    }
}
