/// Attention maps of samples by predictors, those of greatest worth first.
///
/// Each map is drawn in shares of its own largest weight, so that maps of unlike entropy can be seen beside each other.
struct MosaicFigure {
    let mosaic: Mosaic
    let layout: FigureLayout

    init(_ mosaic: Mosaic, layout: FigureLayout) {
        (self.mosaic, self.layout) = (mosaic, layout)
    }

    /// The figure as a file.
    func svg() -> String {
        var drawing = Drawing()
        let width = layout.width.points
        drawing.text(mosaic.title.fitted(in: width - 12, size: 7), at: (6, 11), isBold: true, size: 7)
        drawing.text(Drawing.fitted(mosaic.subtitle, in: width - 12, size: 7), at: (6, 20), size: 7)
        let bottom =
            switch mosaic.ground {
            case .grid(let rows, let columns): drawGrids(rows, columns, on: &drawing, top: 26)
            case .texts: drawTexts(on: &drawing, top: 26)
            case .line(let seconds): drawLines(seconds, on: &drawing, top: 26)
            }
        let end = FigureFoot(entries: [], notes: notes).draw(on: &drawing, top: bottom + 6, width: width)
        return drawing.svg(width: width, height: end + 2)
    }

    private var notes: [String] {
        let shown =
            mosaic.predictors.count < mosaic.count
            ? "The \(mosaic.predictors.count) of \(mosaic.count) maps of greatest worth" : "Maps"
        var notes = [
            "\(shown), in the order of worth: Δ \(mosaic.metric) where the map is uniform. Colour: weight over the map's "
                + "largest."
        ]
        if mosaic.ground.isGrid, mosaic.samples.contains(where: { $0.elsewhere.contains { $0 >= Self.least } }) {
            notes.append("Below maps: weight on tokens without a place, such as the class token.")
        }
        return notes
    }

    /// The share of weight elsewhere from which it is said.
    static let least = 0.005

    /// `map 3`, and below it Δ.
    func titles(of predictor: Mosaic.Predictor) -> [String] {
        [
            "map \(predictor.number)",
            predictor.worth.map { "Δ " + NumberFormat.fixed($0, 2) } ?? "Δ " + NumberFormat.missing,
        ]
    }

    func caption(of sample: Mosaic.Sample) -> String {
        sample.id + (sample.className.map { ": " + $0 } ?? "")
    }

    /// From white to the style's first colour.
    func colour(_ share: Double) -> String {
        Drawing.mixed("#ffffff", layout.style.colours[0], share)
    }

    /// Weights in shares of the largest.
    static func shares(of map: [Double]) -> [Double] {
        let largest = map.max() ?? 0
        return largest > 0 ? map.map { $0 / largest } : map
    }
}

extension MosaicFigure {
    private static let labelWidth = 62.0
    private static let gap = 4.0
    /// What pictures are covered with.
    private static let glow = "#ffb000"

    /// Maps narrower than this are not to be read: what does not fit beside one another goes below.
    private static let leastSide = 12.0

    /// - Returns: The lower edge.
    private func drawGrids(_ rows: Int, _ columns: Int, on drawing: inout Drawing, top: Double) -> Double {
        let pictures = mosaic.samples.contains { $0.picture != nil } ? 1 : 0
        let room = layout.width.points - Self.labelWidth - 6
        let most = max(1, Int(room / (Self.leastSide + Self.gap)) - pictures)
        let count = mosaic.predictors.count
        let bands = max(1, (count + most - 1) / most)
        let inBand = (count + bands - 1) / bands
        let side = min(72, room / Double(max(1, inBand + pictures)) - Self.gap)
        let cell = (width: side, height: side * Double(rows) / Double(max(1, columns)))
        return (0..<bands).reduce(top) { top, band in
            let predictors = band * inBand..<min(count, (band + 1) * inBand)
            return drawBand(
                predictors, columns, cell, hasPictures: pictures > 0, on: &drawing, top: top + (band > 0 ? 8 : 0))
        }
    }

    /// Some of the predictors, on all samples.
    ///
    /// - Returns: The lower edge.
    private func drawBand(
        _ predictors: Range<Int>, _ columns: Int, _ cell: (width: Double, height: Double), hasPictures: Bool,
        on drawing: inout Drawing, top: Double
    ) -> Double {
        let size = Self.titleSize(cell.width)
        func box(_ place: Int, _ top: Double) -> Box {
            let left = Self.labelWidth + Double(place) * (cell.width + Self.gap)
            return Box(left: left, right: left + cell.width, top: top, bottom: top + cell.height)
        }
        let first = hasPictures ? 1 : 0
        for (place, predictor) in predictors.enumerated() {
            for (line, title) in titles(of: mosaic.predictors[predictor]).enumerated() {
                drawing.text(
                    title, at: (box(first + place, top).left + cell.width / 2, top + 6 + 7 * Double(line)),
                    anchor: .middle, size: size)
            }
        }
        let says = mosaic.samples.contains { $0.elsewhere.contains { $0 >= Self.least } }
        let step = cell.height + Self.gap + (says ? 7 : 0)
        for (row, sample) in mosaic.samples.enumerated() {
            let upper = top + 18 + Double(row) * step
            drawCaption(sample, top: upper, on: &drawing)
            if hasPictures, let picture = sample.picture { drawing.picture(picture, in: box(0, upper)) }
            for (place, predictor) in predictors.enumerated() {
                let box = box(first + place, upper)
                if let picture = sample.picture { drawing.picture(picture, in: box) }
                draw(sample.maps[predictor], columns, in: box, overPicture: sample.picture != nil, on: &drawing)
                let elsewhere = sample.elsewhere[predictor]
                if elsewhere >= Self.least {
                    drawing.text(
                        NumberFormat.percent(elsewhere) + " %", at: (box.left + cell.width / 2, box.bottom + 6.5),
                        anchor: .middle, size: size, colour: "#777777")
                }
            }
        }
        return top + 18 + Double(mosaic.samples.count) * step
    }

    private static func titleSize(_ side: Double) -> Double { side < 26 ? 4.5 : 6 }

    private func drawCaption(_ sample: Mosaic.Sample, top: Double, on drawing: inout Drawing) {
        let room = Self.labelWidth - 10
        for (line, text) in [sample.id, sample.className ?? ""].enumerated() where !text.isEmpty {
            drawing.text(
                Drawing.fitted(text, in: room, size: 6), at: (6, top + 7 + 8 * Double(line)), size: 6,
                colour: line == 0 ? nil : "#777777")
        }
    }

    private func draw(
        _ map: [Double], _ columns: Int, in box: Box, overPicture: Bool, on drawing: inout Drawing
    ) {
        let (rows, shares) = (map.count / max(1, columns), Self.shares(of: map))
        let (width, height) = ((box.right - box.left) / Double(columns), (box.bottom - box.top) / Double(max(1, rows)))
        for (token, share) in shares.enumerated() {
            let (row, column) = (Double(token / columns), Double(token % columns))
            let cell = Box(
                left: box.left + column * width, right: box.left + (column + 1) * width, top: box.top + row * height,
                bottom: box.top + (row + 1) * height)
            if overPicture {
                if share >= 0.02 { drawing.rectangle(cell, fill: Self.glow, opacity: 0.85 * share) }
            } else {
                drawing.rectangle(cell, fill: colour(share))
            }
        }
        if !overPicture { drawing.outline(box) }
    }
}
