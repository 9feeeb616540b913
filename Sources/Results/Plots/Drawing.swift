import Foundation
import Identities

/// A page of SVG elements in points, 72 to the inch, with the origin at the top left.
///
/// Numbers are written with two decimals at most, so that a drawing has the same bytes on every machine.
struct Drawing {
    static let fontSize = 8.0
    /// For numbers beside points: the smallest legible size at the width of a column.
    static let smallSize = 6.5

    enum Anchor: String { case start, middle, end }

    private var elements: [String] = []

    mutating func line(
        _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), colour: String = "#000", width: Double = 0.6,
        dash: String? = nil
    ) {
        path([from, to], colour: colour, width: width, dash: dash)
    }

    mutating func path(
        _ points: [(x: Double, y: Double)], colour: String = "#000", width: Double = 1, dash: String? = nil
    ) {
        guard points.count > 1 else { return }
        let list = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        let pattern = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
        elements.append(
            "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(colour)\""
                + " stroke-width=\"\(Self.number(width))\"\(pattern)/>")
    }

    mutating func polygon(_ points: [(x: Double, y: Double)], colour: String, fill: String) {
        let list = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        elements.append("<polygon points=\"\(list)\" fill=\"\(fill)\" stroke=\"\(colour)\" stroke-width=\"0.9\"/>")
    }

    mutating func circle(_ centre: (x: Double, y: Double), radius: Double, colour: String, fill: String) {
        elements.append(
            "<circle cx=\"\(Self.number(centre.x))\" cy=\"\(Self.number(centre.y))\" r=\"\(Self.number(radius))\""
                + " fill=\"\(fill)\" stroke=\"\(colour)\" stroke-width=\"0.9\"/>")
    }

    mutating func text(
        _ text: String, at position: (x: Double, y: Double), anchor: Anchor = .start, isBold: Bool = false,
        isUpright: Bool = false, size: Double = Self.fontSize, colour: String? = nil
    ) {
        let (x, y) = (Self.number(position.x), Self.number(position.y))
        let turn = isUpright ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
        let weight = isBold ? " font-weight=\"bold\"" : ""
        let smaller = size == Self.fontSize ? "" : " font-size=\"\(Self.number(size))\""
        // A space beside a subscript is lost otherwise.
        let spaces = text.contains { FontMetrics.plain($0) != nil } ? " xml:space=\"preserve\"" : ""
        let fill = colour.map { " fill=\"\($0)\"" } ?? ""
        elements.append(
            "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\"\(weight)\(smaller)\(fill)\(spaces)\(turn)>"
                + "\(Self.lowered(text, size: size))</text>"
        )
    }

    /// Adds all of another drawing, moved.
    mutating func add(_ other: Drawing, at origin: (x: Double, y: Double)) {
        let move = "\(Self.number(origin.x)) \(Self.number(origin.y))"
        elements.append("<g transform=\"translate(\(move))\">")
        elements += other.elements + ["</g>"]
    }

    /// The drawing as a file, on a white background.
    func svg(width: Double, height: Double) -> String {
        let (w, h) = (Self.number(width), Self.number(height))
        let head = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(w)pt\" height=\"\(h)pt\" viewBox=\"0 0 \(w) \(h)\""
                + " font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\""
                + " font-size=\"\(Self.number(Self.fontSize))\">",
            "<rect width=\"\(w)\" height=\"\(h)\" fill=\"#fff\"/>",
        ]
        return (head + elements + ["</svg>"]).lines
    }

    /// The width of a text at the usual size.
    static func width(of text: String) -> Double { width(of: text, size: fontSize) }

    /// The same at another size.
    static func width(of text: String, size: Double) -> Double { FontMetrics.width(of: text, size: size) }

    /// The text, truncated with an ellipsis if it is too wide.
    static func fitted(
        _ text: String, in room: Double, size: Double = fontSize, isBold: Bool = false
    ) -> String {
        func width(_ text: String) -> Double { FontMetrics.width(of: text, size: size, isBold: isBold) }
        if width(text) <= room { return text }
        var text = text
        while !text.isEmpty, width(text + "…") > room { text.removeLast() }
        return text + "…"
    }

    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (sign, size) = (hundredths < 0 ? "-" : "", abs(hundredths))
        let decimals =
            size % 100 == 0 ? "" : size % 10 == 0 ? ".\(size % 100 / 10)" : String(format: ".%02d", size % 100)
        return "\(sign)\(size / 100)\(decimals)"
    }

    /// The text with its subscripts as smaller letters below the line: fonts seldom have them.
    private static func lowered(_ text: String, size: Double) -> String {
        guard text.contains(where: { FontMetrics.plain($0) != nil }) else { return escaped(text) }
        let (drop, smaller) = (number(0.22 * size), number(FontMetrics.subscriptSize * size))
        var (parts, rest) = ("", text[...])
        while let first = rest.first {
            let isLow = FontMetrics.plain(first) != nil
            let run = rest.prefix { (FontMetrics.plain($0) != nil) == isLow }
            let letters = escaped(String(run.map { FontMetrics.plain($0) ?? $0 }))
            rest = rest.dropFirst(run.count)
            if isLow {
                parts += "<tspan dy=\"\(drop)\" font-size=\"\(smaller)\">\(letters)</tspan>"
            } else {
                parts += parts.isEmpty ? letters : "<tspan dy=\"-\(drop)\">\(letters)</tspan>"
            }
        }
        return parts
    }

    private static func escaped(_ text: String) -> String {
        text.printable.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
