package enum ProgressBar {
    /// Cells of which a share, from 0 to 1, is filled.
    package static func text(_ share: Double, cells: Int) -> String {
        let filled = Int(share * Double(cells))
        return String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
    }
}
