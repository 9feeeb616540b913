extension Coordinator {
    /// Which parts of the state differ, by the names of the machine's properties; empty if two machines are equal in
    /// everything that affects the future.
    /// - Complexity: O(n) in units.
    package func differences(from other: Coordinator) -> [String] {
        zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { own, others in
            guard let mine = own.value as? any Encodable, let theirs = others.value as? any Encodable,
                (try? BinaryWriter.bytes(of: mine)) != (try? BinaryWriter.bytes(of: theirs))
            else { return nil }
            let name = own.label ?? ""
            return name.hasPrefix("_") ? String(name.dropFirst()) : name
        }
    }
}
