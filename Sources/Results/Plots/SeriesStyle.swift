/// The style of one line of a plot. Marker, dash and colour cycle with coprime lengths, so that the first 40 lines
/// differ in marker or dash, and can be distinguished in black and white.
struct SeriesStyle {
    enum Marker: CaseIterable {
        case disc, square, triangle, diamond, wedge, plus, cross, bow
    }

    let marker: Marker
    /// As SVG writes it; nil for a solid line.
    let dash: String?
    let colour: String

    init(marker: Marker, dash: String?, colour: String) {
        self.marker = marker
        self.dash = dash
        self.colour = colour
    }

    init(_ index: Int) {
        let markers = Marker.allCases
        let dashes = [nil, "5 2", "1.5 1.5", "7 2 1.5 2", "3 1.5"]
        // The colour-blind-safe palette of Okabe and Ito, darkened for print.
        let colours = ["#000000", "#0060a0", "#b04a00", "#00755a", "#96447a", "#555555", "#7a6500"]
        marker = markers[index % markers.count]
        dash = dashes[index % dashes.count]
        colour = colours[index % colours.count]
    }

    /// - Parameter isHollow: Whether the point is to be read with caution.
    func drawMarker(at centre: (x: Double, y: Double), isHollow: Bool, on drawing: inout Drawing) {
        let r = 2.3
        let fill = isHollow ? "#fff" : colour
        func polygon(_ offsets: [(Double, Double)]) {
            let corners = offsets.map { (x: centre.x + $0.0 * r, y: centre.y + $0.1 * r) }
            drawing.polygon(corners, colour: colour, fill: fill)
        }
        switch marker {
        case .disc: drawing.circle(centre, radius: r, colour: colour, fill: fill)
        case .square: polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
        case .triangle: polygon([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)])
        case .wedge: polygon([(0, 1.2), (1.1, -0.9), (-1.1, -0.9)])
        case .diamond: polygon([(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)])
        case .plus: polygon(Self.plus)
        case .cross: polygon(Self.plus.map { ($0.0 * 0.71 - $0.1 * 0.71, $0.0 * 0.71 + $0.1 * 0.71) })
        case .bow: polygon([(-1.1, -0.9), (0, -0.2), (1.1, -0.9), (1.1, 0.9), (0, 0.2), (-1.1, 0.9)])
        }
    }

    /// The corners of a thick plus sign.
    private static let plus = [
        (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4), (0.4, 1.2), (-0.4, 1.2),
        (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
    ]
}
