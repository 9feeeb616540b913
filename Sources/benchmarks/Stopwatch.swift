/// Seconds that a body takes, the median of several runs after one that is not counted.
func medianSeconds(runs: Int = 5, _ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    let times = (0..<runs).map { _ in clock.measure(body) / .seconds(1) }
    return times.sorted()[runs / 2]
}
