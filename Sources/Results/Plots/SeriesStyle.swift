/// The style of one line of a plot. Marker, dash and colour cycle with coprime lengths, so that the first 40 lines
/// differ in marker or dash, and can be distinguished in black and white.
struct SeriesStyle {
    enum Marker: CaseIterable {
        case disc, square, triangle, diamond, ring, box, wedge, cross
    }

    let marker: Marker
    /// As SVG writes it; nil for a solid line.
    let dash: String?
    let colour: String

    init(_ index: Int) {
        let markers = Marker.allCases
        let dashes = [nil, "5 2", "1.5 1.5", "7 2 1.5 2", "3 1.5"]
        // The colour-blind-safe palette of Okabe and Ito, darkened for print.
        let colours = ["#000000", "#0060a0", "#b04a00", "#00755a", "#96447a", "#555555", "#7a6500"]
        marker = markers[index % markers.count]
        dash = dashes[index % dashes.count]
        colour = colours[index % colours.count]
    }

    func drawMarker(at centre: (x: Double, y: Double), on drawing: inout Drawing) {
        let r = 2.3
        func corners(_ offsets: [(Double, Double)]) -> [(x: Double, y: Double)] {
            offsets.map { (centre.x + $0.0 * r, centre.y + $0.1 * r) }
        }
        switch marker {
        case .disc: drawing.circle(centre, radius: r, colour: colour, fill: colour)
        case .ring: drawing.circle(centre, radius: r, colour: colour, fill: "#fff")
        case .square:
            drawing.polygon(
                corners([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), colour: colour, fill: colour)
        case .box:
            drawing.polygon(
                corners([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), colour: colour, fill: "#fff")
        case .triangle: drawing.polygon(corners([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)]), colour: colour, fill: colour)
        case .wedge: drawing.polygon(corners([(0, 1.2), (1.1, -0.9), (-1.1, -0.9)]), colour: colour, fill: "#fff")
        case .diamond:
            drawing.polygon(corners([(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)]), colour: colour, fill: "#fff")
        case .cross:
            drawing.line((centre.x - r, centre.y - r), (centre.x + r, centre.y + r), colour: colour, width: 1.1)
            drawing.line((centre.x - r, centre.y + r), (centre.x + r, centre.y - r), colour: colour, width: 1.1)
        }
    }
}
