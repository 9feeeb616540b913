/// The legend and the notes below all panels.
struct FigureFoot {
    struct Entry {
        enum Sign {
            /// A line with its marker, hollow if all of its points are to be read with caution.
            case line(SeriesStyle, isHollow: Bool)
            /// Points without a line.
            case marker(SeriesStyle)
            /// The Pareto front.
            case front
            /// What stands at points instead of the name.
            case letters(String)
        }

        let name: String
        let sign: Sign
    }

    static let frontColour = "#c8c8c8"
    private static let line = 10.0

    var entries: [Entry]
    var notes: [String]

    /// Draws all from `top` on, and gives the lower edge.
    func draw(on drawing: inout Drawing, top: Double, width: Double) -> Double {
        var (x, y) = (6.0, top)
        for entry in entries {
            let sign = entry.sign.width
            let name = Drawing.fitted(entry.name, in: width - sign - 12, size: 7)
            let room = sign + FontMetrics.width(of: name, size: 7) + 12
            if x > 6, x + room > width { (x, y) = (6, y + Self.line) }
            entry.sign.draw(on: &drawing, at: (x, y))
            drawing.text(name, at: (x + sign - 1, y + 2.5), size: 7)
            x += room
        }
        if !entries.isEmpty { y += Self.line }
        for note in notes.flatMap({ FigureNotes.broken($0, width: width - 12, size: Drawing.smallSize) }) {
            drawing.text(note, at: (6, y + 2.5), size: Drawing.smallSize)
            y += 9
        }
        return y
    }
}

extension FigureFoot.Entry.Sign {
    fileprivate var width: Double {
        switch self {
        case .line, .front: 20
        case .marker: 10
        case .letters(let text): FontMetrics.width(of: text, size: 7, isBold: true) + 5
        }
    }

    fileprivate func draw(on drawing: inout Drawing, at place: (x: Double, y: Double)) {
        let (x, y) = place
        switch self {
        case .line(let style, let isHollow):
            drawing.line((x, y), (x + 15, y), colour: style.colour, width: 1, dash: style.dash)
            style.drawMarker(at: (x + 7.5, y), isHollow: isHollow, on: &drawing)
        case .marker(let style): style.drawMarker(at: (x + 3, y), isHollow: true, on: &drawing)
        case .front: drawing.line((x, y), (x + 15, y), colour: FigureFoot.frontColour, width: 2.4)
        case .letters(let text): drawing.text(text, at: (x, y + 2.5), isBold: true, size: 7)
        }
    }
}
