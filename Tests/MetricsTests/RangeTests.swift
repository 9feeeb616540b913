import Metrics
import Testing

@Suite("The values of a metric")
struct RangeTests {
    @Test("are known for every metric of the catalogue and every count beside them")
    func covered() {
        for name in Metrics.catalogue.map(\.name) + Metrics.counts {
            #expect(Metrics.values(of: name) != nil, "\(name)")
        }
        #expect(Metrics.values(of: "top3") == Metrics.values(of: "top1"))
        for name in ["", "top", "top0", "top-1", "topx", "nll", "TOP1"] { #expect(Metrics.values(of: name) == nil) }
    }

    @Test(
        "are bounded by its definition, up to rounding",
        arguments: [
            ("top1", 0.0...1.0), ("macro-roc-auc", 0...1), ("ece", 0...1), ("adaptive-ece", 0...1),
            ("brier-score", 0...2), ("kendall-tau", -1...1),
            ("grouped-spearman", -1...1), ("r2", -1e50...1), ("mean-squared-error", 0...1e70),
            ("mean-absolute-error", 0...1e30), ("log-loss", 0...36.04),
        ])
    func bounds(name: String, inside: ClosedRange<Double>) throws {
        let values = try #require(Metrics.values(of: name))
        for value in [inside.lowerBound, inside.upperBound, 0.5] { #expect(values.contains(value)) }
        #expect(values.contains(inside.lowerBound - 1e-15))
        #expect(values.contains(inside.upperBound.nextUp))
        for value in [Double.nan, .infinity, -.infinity] { #expect(!values.contains(value)) }
    }

    @Test(
        "have the bounds of the definition",
        arguments: [
            ("top1", 1.000_001), ("top1", -0.000_001), ("spearman", 1.1), ("r2", 1.001), ("mean-squared-error", -0.1),
            ("log-loss", 1e200), ("classes-without-positives", 1.5), ("groups-skipped", -1),
        ])
    func outside(name: String, value: Double) throws {
        #expect(try #require(Metrics.values(of: name)).contains(value) == false)
    }

    @Test("are described in a few words")
    func words() {
        let names = ["top1", "r2", "mean-squared-error", "groups-skipped"]
        let told = names.compactMap { Metrics.values(of: $0)?.description }
        #expect(told == ["0 to 1", "1 or less", "0 or more", "a whole number, 0 or more"])
    }
}
