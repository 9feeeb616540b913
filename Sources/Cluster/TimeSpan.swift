/// A span of time as people write it: `90s`, `10m`, `1h`, `2d`, or a number of seconds.
package struct TimeSpan: Sendable, Equatable {
    package let seconds: Double

    package init(seconds: Double) { self.seconds = seconds }

    /// Nil for what is no span, or not more than nothing.
    package init?(_ text: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text : String(text.dropLast())), number > 0 else { return nil }
        let seconds = number * (unit ?? 1)
        // A century: later instants do not fit clocks in nanoseconds.
        guard seconds <= 36_525 * 86_400 else { return nil }
        self.seconds = seconds
    }
}

/// How long a worker without work stays.
package enum IdleTimeout: Sendable, Equatable {
    case never
    case after(TimeSpan)

    /// What a user writes: a span of time, or `none`.
    package init?(_ text: String) {
        if text == "none" {
            self = .never
        } else if let span = TimeSpan(text) {
            self = .after(span)
        } else {
            return nil
        }
    }

    /// Where an engine started the worker, others wait for what it holds; elsewhere it is its owner's.
    package static func standard(in surroundings: Surroundings) -> IdleTimeout {
        surroundings.isEngineJob ? .after(TimeSpan(seconds: 600)) : .never
    }

    /// Nil for never.
    package var seconds: Double? {
        switch self {
        case .never: nil
        case .after(let span): span.seconds
        }
    }
}
