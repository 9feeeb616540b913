/// Who can testify against a unit: a machine, or a container on one, and the key that its workers hold.
///
/// Workers on one machine read the same files with the same processor, whatever their names: they are one witness.
struct Witness: Hashable, Sendable, Codable {
    /// The identity of machine and mount namespace.
    var machine: String
    /// The public key; empty on endpoints without keys.
    var key: String

    /// What is judged and suspended as one: a peer that claims a machine which is not its own has another key, and harms
    /// only itself.
    var host: String { key.isEmpty ? machine : "\(machine) \(key)" }

    /// A worker that does not know its machine stands for its host; one without a host, for itself.
    static func machine(of hello: WorkerHello) -> String {
        if !hello.machine.isEmpty { return hello.machine }
        return hello.host.isEmpty ? hello.name : hello.host
    }
}

extension Collection<Witness> {
    /// How many of them are independent: distinct machines, but no more than distinct keys where keys differ, since one
    /// key may speak for machines that do not exist.
    func independent(keysDiffer: Bool) -> Int {
        let machines = Set(map(\.machine)).count
        return keysDiffer ? Swift.min(machines, Set(map(\.key)).count) : machines
    }
}
