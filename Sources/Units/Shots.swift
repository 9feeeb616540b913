/// A seeded part of each training fold that a unit gets instead of the whole.
///
/// The part is drawn from both sides of the inner split, so groups stay on one side: of the training side k samples of
/// each class, or a share of it; of the held-back side min(k, 4) of each class, or the same share.
package struct Shots: Codable, Hashable, Sendable {
    /// k, samples of each class; nil where a share is drawn.
    package var perClass: Int?
    /// In 0 ..< 1, classes in their proportions; nil where k is given.
    package var share: Double?
    /// Which of the draws this is, from 0.
    package var draw: Int

    package init(perClass: Int, draw: Int) {
        self.perClass = perClass
        self.draw = draw
    }

    package init(share: Double, draw: Int) {
        self.share = share
        self.draw = draw
    }

    /// The same amount under another draw.
    package func numbered(_ draw: Int) -> Shots {
        var shots = self
        shots.draw = draw
        return shots
    }
}

extension Shots: CustomStringConvertible {
    /// The amount as specifications write it: `5`, `10%`.
    package var description: String {
        if let perClass { return "\(perClass)" }
        let percent = (share ?? 1) * 100
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
