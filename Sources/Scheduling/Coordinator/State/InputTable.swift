import Identities

/// An input's index in the ``InputTable``; 0 stands for units that need nothing that a worker could lack.
typealias InputIndex = UInt16

/// All inputs of units, by content.
struct InputTable: Sendable, Codable {
    struct Record: Sendable, Codable {
        let id: InputID
        let content: String
        /// Where clients saw it, the last one first.
        var folders: [String]
        /// Where they saw what else it takes.
        var otherFolders: [String]
    }

    /// Folders that are remembered of one input.
    private static let mostFolders = 8

    private(set) var records: [Record?] = [nil]
    private var indices: [InputID: InputIndex] = [:]

    var count: Int { records.count }

    func index(of id: InputID) -> InputIndex? { indices[id] }

    /// - Returns: whether workers are to be asked for it, anew if it lies in another folder.
    mutating func insert(_ inputs: UnitInputs) -> (index: InputIndex, isNews: Bool) {
        if let known = indices[inputs.id] { return (known, add(inputs.folder, to: Int(known))) }
        // Inputs are layers × tasks, of which there are hundreds; any overflow is leased to whoever comes.
        guard records.count < Int(InputIndex.max) else { return (0, false) }
        let index = InputIndex(records.count)
        records.append(
            Record(id: inputs.id, content: inputs.content, folders: [inputs.folder], otherFolders: inputs.otherFolders))
        indices[inputs.id] = index
        return (index, true)
    }

    func query(_ index: InputIndex) -> InputQuery? {
        records[Int(index)].map { InputQuery(id: $0.id, content: $0.content, folders: $0.folders + $0.otherFolders) }
    }

    private mutating func add(_ folder: String, to index: Int) -> Bool {
        guard let folders = records[index]?.folders, folders.first != folder else { return false }
        let isKnown = folders.contains(folder)
        records[index]?.folders = Array(([folder] + folders.filter { $0 != folder }).prefix(Self.mostFolders))
        return !isKnown
    }
}
