/// A panel's title: a name, which is shortened where room is short, and what must be read beside it, such as a layer.
struct PanelTitle {
    var name: String
    var ending = ""

    var whole: String { name + ending }

    /// The title in bold, at most so wide if its ending is.
    func fitted(in room: Double, size: Double) -> String {
        let left = room - FontMetrics.width(of: ending, size: size, isBold: true)
        return Drawing.fitted(name, in: left, size: size, isBold: true) + ending
    }
}
