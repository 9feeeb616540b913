import Cluster
import Foundation
import Report

/// The history as pictures that scale with the page; what they show stands in words beside them.
enum HistoryCharts {
    private static let (width, height) = (600.0, 60.0)

    /// Units a second, as an area; nil before there are two samples.
    static func throughput(_ history: History) -> String? {
        let rates = history.rates
        guard let now = history.now, let last = rates.last, let first = rates.first else { return nil }
        let most = rates.map(\.perSecond).max() ?? 0
        func place(_ rate: (time: Double, perSecond: Double)) -> String {
            let x = across(rate.time, now)
            return "\(number(x)) \(number(height - (most > 0 ? rate.perSecond / most : 0) * (height - 2)))"
        }
        let line = rates.map(place).joined(separator: " L")
        let (start, end) = (number(across(first.time, now)), number(across(last.time, now)))
        let words =
            "\(rateText(last.perSecond)) units/s now, at most \(rateText(most)) in the last \(minutes(now, first.time))"
        return """
            <p>\(words)</p>
            <svg class=chart viewBox="0 0 \(Int(width)) \(Int(height))" preserveAspectRatio="none" role="img" \
            aria-label="\(words)"><path class=area d="M\(start) \(Int(height)) L\(line) L\(end) \(Int(height)) Z"/></svg>
            """
    }

    /// What one worker was at, as a strip over the same minutes.
    static func lane(_ activities: [History.Activity], _ now: Double) -> String {
        let parts = activities.map { activity in
            let (start, end) = (across(activity.start, now), across(activity.end, now))
            let seconds = Int((activity.end - activity.start).rounded())
            return
                "<rect class=\(activity.kind.rawValue) x=\"\(number(start))\" width=\"\(number(max(1, end - start)))\" "
                + "height=\"1\"><title>\(Markup.escaped(activity.text)), \(seconds) s</title></rect>"
        }
        return "<svg class=lane viewBox=\"0 0 \(Int(width)) 1\" preserveAspectRatio=\"none\" role=\"img\" "
            + "aria-label=\"\(Markup.escaped(activities.last?.text ?? ""))\">\(parts.joined())</svg>"
    }

    private static func across(_ time: Double, _ now: Double) -> Double {
        max(0, (time - now + History.span) / History.span * width)
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func rateText(_ rate: Double) -> String { String(format: rate < 10 ? "%.1f" : "%.0f", rate) }

    private static func minutes(_ now: Double, _ first: Double) -> String {
        let minutes = Int(((now - first) / 60).rounded(.up))
        return minutes <= 1 ? "minute" : "\(minutes) minutes"
    }
}
