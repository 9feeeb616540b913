/// How one line of a plot looks. Marker, dash and ink cycle with lengths that share no factor, so that the first 40
/// lines differ in marker or dash alone: they can be told apart in black and white.
struct SeriesStyle {
    enum Marker: CaseIterable {
        case disc, square, triangle, diamond, ring, box, wedge, cross
    }

    let marker: Marker
    /// As SVG writes it; nil for a solid line.
    let dash: String?
    let ink: String

    init(_ index: Int) {
        let markers = Marker.allCases
        let dashes = [nil, "5 2", "1.5 1.5", "7 2 1.5 2", "3 1.5"]
        // Dark enough to print: the colour-blind-safe inks of Okabe and Ito, the pale ones deepened.
        let inks = ["#000000", "#0060a0", "#b04a00", "#00755a", "#96447a", "#555555", "#7a6500"]
        marker = markers[index % markers.count]
        dash = dashes[index % dashes.count]
        ink = inks[index % inks.count]
    }

    func drawMarker(at centre: (x: Double, y: Double), on drawing: inout Drawing) {
        let r = 2.3
        func corners(_ offsets: [(Double, Double)]) -> [(x: Double, y: Double)] {
            offsets.map { (centre.x + $0.0 * r, centre.y + $0.1 * r) }
        }
        switch marker {
        case .disc: drawing.circle(centre, radius: r, ink: ink, fill: ink)
        case .ring: drawing.circle(centre, radius: r, ink: ink, fill: "#fff")
        case .square:
            drawing.polygon(corners([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), ink: ink, fill: ink)
        case .box:
            drawing.polygon(corners([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), ink: ink, fill: "#fff")
        case .triangle: drawing.polygon(corners([(0, -1.2), (1.1, 0.9), (-1.1, 0.9)]), ink: ink, fill: ink)
        case .wedge: drawing.polygon(corners([(0, 1.2), (1.1, -0.9), (-1.1, -0.9)]), ink: ink, fill: "#fff")
        case .diamond: drawing.polygon(corners([(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)]), ink: ink, fill: "#fff")
        case .cross:
            drawing.line((centre.x - r, centre.y - r), (centre.x + r, centre.y + r), ink: ink, width: 1.1)
            drawing.line((centre.x - r, centre.y + r), (centre.x + r, centre.y - r), ink: ink, width: 1.1)
        }
    }
}
