/// An upright rectangle on a page, in points, y growing downwards.
package struct Box {
    package let left, right, top, bottom: Double

    package init(left: Double, right: Double, top: Double, bottom: Double) {
        self.left = left
        self.right = right
        self.top = top
        self.bottom = bottom
    }

    package init(around centre: (x: Double, y: Double), width: Double, height: Double) {
        self.init(
            left: centre.x - width / 2, right: centre.x + width / 2, top: centre.y - height / 2,
            bottom: centre.y + height / 2)
    }

    package func overlaps(_ other: Box) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    package func contains(_ other: Box) -> Bool {
        left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
    }

    /// The box without a margin on all sides.
    func inset(by margin: Double) -> Box {
        Box(left: left + margin, right: right - margin, top: top + margin, bottom: bottom - margin)
    }

    /// The box's centre, without extent.
    var middle: Box { Box(around: ((left + right) / 2, (top + bottom) / 2), width: 0, height: 0) }

    /// Between the nearest points of both.
    func distance(to other: Box) -> Double {
        let across = max(other.left - right, left - other.right, 0)
        let down = max(other.top - bottom, top - other.bottom, 0)
        return (across * across + down * down).squareRoot()
    }

    /// The point of the box that is nearest to another.
    func nearest(to point: (x: Double, y: Double)) -> (x: Double, y: Double) {
        (min(max(point.x, left), right), min(max(point.y, top), bottom))
    }

    /// Whether a part of the segment lies within.
    func crosses(_ segment: Segment) -> Bool {
        let (dx, dy) = (segment.to.x - segment.from.x, segment.to.y - segment.from.y)
        var (enter, leave) = (0.0, 1.0)
        // Clipped at each side in turn (Liang and Barsky 1984).
        for (slope, room) in [
            (-dx, segment.from.x - left), (dx, right - segment.from.x), (-dy, segment.from.y - top),
            (dy, bottom - segment.from.y),
        ] {
            if slope == 0 {
                if room <= 0 { return false }
            } else if slope < 0 {
                enter = max(enter, room / slope)
            } else {
                leave = min(leave, room / slope)
            }
        }
        return enter < leave
    }
}

/// A straight line from one point to another.
package struct Segment {
    package let from, to: (x: Double, y: Double)

    /// Whether the segments have a point in common that is an end of neither.
    func crosses(_ other: Segment) -> Bool {
        func side(_ point: (x: Double, y: Double), of line: Segment) -> Double {
            (line.to.x - line.from.x) * (point.y - line.from.y) - (line.to.y - line.from.y) * (point.x - line.from.x)
        }
        return side(other.from, of: self) * side(other.to, of: self) < 0
            && side(from, of: other) * side(to, of: other) < 0
    }
}
