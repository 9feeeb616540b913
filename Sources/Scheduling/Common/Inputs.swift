package import Identities

// What units read, and who can read it.

/// What some units read: all that a worker must have to train them.
package struct UnitInputs: Sendable, Equatable, Codable {
    /// The digest of `content`.
    package var id: InputID
    /// Which layers, task and weights these are, for workers and for people; never looked at here.
    package var content: String
    /// Where the client saw them.
    package var folder: String
    /// Where it saw other feature sets that they cannot be read without.
    package var otherFolders: [String]

    package init(id: InputID, content: String, folder: String, otherFolders: [String] = []) {
        self.id = id
        self.content = content
        self.folder = folder
        self.otherFolders = otherFolders
    }
}

/// A question to a worker: can it read this?
package struct InputQuery: Sendable, Equatable, Codable {
    package var id: InputID
    package var content: String
    /// Where clients saw it, the last one first.
    package var folders: [String]

    package init(id: InputID, content: String, folders: [String]) {
        self.id = id
        self.content = content
        self.folders = folders
    }
}

/// A worker's answer.
package struct InputState: Sendable, Equatable, Codable {
    package var id: InputID
    /// Why the worker cannot read it, nil if it can.
    package var problem: String?

    package init(id: InputID, problem: String? = nil) {
        self.id = id
        self.problem = problem
    }
}
