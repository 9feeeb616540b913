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

    /// A filled rectangle without an edge.
    mutating func rectangle(_ box: Box, fill: String, opacity: Double = 1) {
        let clear = opacity < 1 ? " fill-opacity=\"\(Self.number(opacity))\"" : ""
        elements.append("<rect\(Self.place(box)) fill=\"\(fill)\"\(clear)/>")
    }

    /// The edge of a box.
    mutating func outline(_ box: Box, colour: String = "#999999") {
        let corners = [
            (box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom),
            (box.left, box.top),
        ]
        path(corners.map { (x: $0.0, y: $0.1) }, colour: colour, width: 0.4)
    }

    /// A picture, stretched over the box.
    ///
    /// - Parameter source: A data URI, so that the drawing needs no other file.
    mutating func picture(_ source: String, in box: Box) {
        elements.append("<image\(Self.place(box)) preserveAspectRatio=\"none\" href=\"\(source)\"/>")
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
        // A space beside a smaller letter is lost otherwise.
        let spaces = text.contains { FontMetrics.script($0) != nil } ? " xml:space=\"preserve\"" : ""
        let fill = colour.map { " fill=\"\($0)\"" } ?? ""
        elements.append(
            "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\"\(weight)\(smaller)\(fill)\(spaces)\(turn)>"
                + "\(Self.withScripts(text, size: size))</text>"
        )
    }

    /// Two strokes across a horizontal axis that is not to scale there.
    mutating func axisBreak(at place: (x: Double, y: Double)) {
        line((place.x - 1.2, place.y), (place.x + 1.2, place.y), colour: "#fff", width: 1.6)
        for shift in [-1.2, 1.2] {
            line((place.x + shift - 0.9, place.y + 2.4), (place.x + shift + 0.9, place.y - 2.4))
        }
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

    /// A colour between two of the form `#rrggbb`.
    ///
    /// - Parameter share: Of the second, 0 to 1.
    static func mixed(_ first: String, _ second: String, _ share: Double) -> String {
        func parts(_ colour: String) -> [Double] {
            let code = Int(colour.dropFirst(), radix: 16) ?? 0
            return [16, 8, 0].map { Double(code >> $0 & 255) }
        }
        return "#"
            + zip(parts(first), parts(second)).map { from, to in
                String(format: "%02x", Int((from + share * (to - from)).rounded()))
            }.joined()
    }

    /// The width of a text at the usual size.
    static func width(of text: String) -> Double { FontMetrics.width(of: text, size: fontSize) }

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

    private static func place(_ box: Box) -> String {
        let (width, height) = (number(box.right - box.left), number(box.bottom - box.top))
        return " x=\"\(number(box.left))\" y=\"\(number(box.top))\" width=\"\(width)\" height=\"\(height)\""
    }

    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (sign, size) = (hundredths < 0 ? "-" : "", abs(hundredths))
        let decimals =
            size % 100 == 0 ? "" : size % 10 == 0 ? ".\(size % 100 / 10)" : String(format: ".%02d", size % 100)
        return "\(sign)\(size / 100)\(decimals)"
    }

    /// The text with its subscripts and superscripts as smaller letters beside the line: fonts seldom have them.
    private static func withScripts(_ text: String, size: Double) -> String {
        guard text.contains(where: { FontMetrics.script($0) != nil }) else { return text.escapedForMarkup }
        let smaller = number(FontMetrics.subscriptSize * size)
        var (parts, rest, shift) = ("", text[...], 0.0)
        while let first = rest.first {
            let isRaised = FontMetrics.script(first)?.isRaised
            let run = rest.prefix { FontMetrics.script($0)?.isRaised == isRaised }
            let letters = String(run.map { FontMetrics.script($0)?.plain ?? $0 }).escapedForMarkup
            rest = rest.dropFirst(run.count)
            let own = isRaised.map { $0 ? -0.35 * size : 0.22 * size } ?? 0
            let move = "dy=\"\(number(own - shift))\""
            if isRaised != nil {
                parts += "<tspan \(move) font-size=\"\(smaller)\">\(letters)</tspan>"
            } else {
                parts += parts.isEmpty ? letters : "<tspan \(move)>\(letters)</tspan>"
            }
            shift = own
        }
        return parts
    }
}
