import Foundation

/// Maps over texts, and along a line of time or positions.
extension MosaicFigure {
    private static let labelWidth = 66.0
    private static let lineHeight = 9.0
    private static let stripHeight = 8.0

    /// For each sample its tokens, once for each predictor, shaded by weight.
    ///
    /// - Returns: The lower edge.
    func drawTexts(on drawing: inout Drawing, top: Double) -> Double {
        var y = top
        for sample in mosaic.samples {
            y = drawHeading(sample, on: &drawing, top: y)
            for (index, predictor) in mosaic.predictors.enumerated() {
                drawLabel(predictor, on: &drawing, line: y + 6.5)
                y = draw(sample.texts, Self.shares(of: sample.maps[index]), on: &drawing, top: y) + 2
            }
            y += 4
        }
        return y
    }

    private func draw(_ texts: [String], _ shares: [Double], on drawing: inout Drawing, top: Double) -> Double {
        let (size, right) = (Drawing.smallSize, layout.width.points - 6)
        var (x, y) = (Self.labelWidth, top)
        for (text, share) in zip(texts, shares) {
            // Pieces of one word stand side by side.
            let isPiece = text.hasPrefix("##")
            let shown = Drawing.fitted(
                isPiece ? String(text.dropFirst(2)) : text, in: right - Self.labelWidth, size: size)
            let width = FontMetrics.width(of: shown, size: size)
            if x > Self.labelWidth, x + width + 2 > right { (x, y) = (Self.labelWidth, y + Self.lineHeight) }
            if !isPiece, x > Self.labelWidth { x += 3 }
            let box = Box(left: isPiece ? x : x - 1, right: x + width + 1, top: y, bottom: y + Self.lineHeight - 1)
            drawing.rectangle(box, fill: colour(share))
            drawing.text(shown, at: (x, y + 6.2), size: size, colour: share > 0.55 ? "#ffffff" : nil)
            x += width
        }
        return y + Self.lineHeight
    }

    /// For each sample a strip for each predictor, all on one axis.
    ///
    /// - Returns: The lower edge.
    func drawLines(_ seconds: Double?, on drawing: inout Drawing, top: Double) -> Double {
        let step = seconds ?? 1
        let longest = Double(mosaic.samples.flatMap(\.maps).map(\.count).max() ?? 1) * step
        let scale = PlotScale.linear([0, longest], from: Self.labelWidth, to: layout.width.points - 8, most: 8)
        var y = top
        for sample in mosaic.samples {
            y = drawHeading(sample, on: &drawing, top: y)
            for (index, predictor) in mosaic.predictors.enumerated() {
                drawLabel(predictor, on: &drawing, line: y + 6.5)
                for (token, share) in Self.shares(of: sample.maps[index]).enumerated() {
                    let ends = (scale(Double(token) * step), scale(Double(token + 1) * step))
                    drawing.rectangle(
                        Box(left: ends.0, right: ends.1, top: y, bottom: y + Self.stripHeight), fill: colour(share))
                }
                let end = scale(Double(sample.maps[index].count) * step)
                drawing.outline(Box(left: scale(0), right: end, top: y, bottom: y + Self.stripHeight))
                y += Self.stripHeight + 2
            }
            y += 4
        }
        return drawAxis(scale, isTime: seconds != nil, on: &drawing, top: y)
    }

    private func drawAxis(_ scale: PlotScale, isTime: Bool, on drawing: inout Drawing, top: Double) -> Double {
        for tick in scale.ticks {
            drawing.line((tick.position, top), (tick.position, top + 2), width: 0.5)
            drawing.text(tick.label, at: (tick.position, top + 9), anchor: .middle, size: Drawing.smallSize)
        }
        drawing.line((scale(0), top), (layout.width.points - 8, top), width: 0.6)
        drawing.text(
            isTime ? "seconds" : "token", at: ((Self.labelWidth + layout.width.points) / 2, top + 18),
            anchor: .middle, size: 7)
        return top + 22
    }

    private func drawHeading(_ sample: Mosaic.Sample, on drawing: inout Drawing, top: Double) -> Double {
        drawing.text(
            Drawing.fitted(caption(of: sample), in: layout.width.points - 12, size: Drawing.smallSize, isBold: true),
            at: (6, top + 7), isBold: true, size: Drawing.smallSize)
        return top + 11
    }

    private func drawLabel(_ predictor: Mosaic.Predictor, on drawing: inout Drawing, line: Double) {
        drawing.text(titles(of: predictor).joined(separator: "  "), at: (6, line), size: 6, colour: "#555555")
    }
}
