/// A seeded part of each training fold that a unit gets instead of the whole.
///
/// The part is all that the unit sees of its training fold: k samples of each class (k positives of each label), or a
/// share. Where choices are made, they are made on inner splits of the part.
package struct Shots: Codable, Hashable, Sendable {
    /// k, samples of each class; nil where a share is drawn.
    package var perClass: Int?
    /// In 0 ..< 1, classes in their proportions; nil where k is given.
    package var share: Double?
    /// Which of the draws this is, from 0.
    package var draw: Int
    /// `extra`: k samples of each class to train on, from the training side of the inner split, and min(k, 4) more to
    /// choose by, from the held-back side; this is the field's habit. Nil: k samples are used for everything.
    package var validation: String?

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
    /// The most samples of a class that are drawn to choose by, in the field's habit.
    package static let mostExtra = 4

    /// The amount as specifications write it: `5`, `10%`.
    package var description: String {
        if let perClass { return "\(perClass)" }
        let percent = (share ?? 1) * 100
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
