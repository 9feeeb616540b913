/// An upright rectangle on a page, in points, y growing downwards.
struct Box {
    let left, right, top, bottom: Double

    init(left: Double, right: Double, top: Double, bottom: Double) {
        self.left = left
        self.right = right
        self.top = top
        self.bottom = bottom
    }

    init(around centre: (x: Double, y: Double), width: Double, height: Double) {
        self.init(
            left: centre.x - width / 2, right: centre.x + width / 2, top: centre.y - height / 2,
            bottom: centre.y + height / 2)
    }

    func overlaps(_ other: Box) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }

    func contains(_ other: Box) -> Bool {
        left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
    }
}
