import ArgumentParser
import Cluster
import Ledger

/// Where a sweep's results are: in a state folder on this machine, or with a coordinator.
struct LedgerOptions: ParsableArguments {
    @Option(
        help: """
            The state folder with the ledger. (default: $PROBESWEEP_STATE, else .probesweep, unless there is a coordinator \
            to ask)
            """)
    var state: String?

    @Option(
        help: """
            A coordinator's endpoint, for example tcp://host:7301, instead of the state folder. (default: \
            $PROBESWEEP_CONNECT)
            """)
    var connect: String?

    @Option(help: "The key file of this client, for the coordinator. (default: $PROBESWEEP_KEYS)")
    var keys: String?

    enum Place {
        case state(String)
        case coordinator(Endpoint)
    }

    func validate() throws { _ = try place() }

    /// A ledger to read.
    func open() throws -> any SweepReader {
        switch try announcedPlace() {
        case .state(let folder): try LedgerReader.open(folder)
        case .coordinator(let endpoint): RemoteLedger(try endpoint.client())
        }
    }

    /// The place, after a word to the user if the environment names two.
    func announcedPlace() throws -> Place {
        let place = try place()
        if case .coordinator(let endpoint) = place, connect == nil, let folder = EnvironmentDefault.state.value {
            Exit.complain(
                "PROBESWEEP_CONNECT and PROBESWEEP_STATE are both set; asking \(endpoint.address). "
                    + "Give --state \(folder) to read that folder.")
        }
        return place
    }

    /// An option on the command line wins over any variable, and of the variables the coordinator, which has the latest
    /// results.
    private func place() throws -> Place {
        if let state {
            guard connect == nil else { throw ValidationError("Give --state or --connect, not both.") }
            guard keys == nil else { throw ValidationError("--keys needs --connect: a state folder needs no key.") }
            return .state(state)
        }
        if let endpoint = try Endpoint(connect: connect, keys: keys) { return .coordinator(endpoint) }
        guard keys == nil else { throw ValidationError("--keys needs --connect, or PROBESWEEP_CONNECT.") }
        return .state(EnvironmentDefault.state.value ?? StateOptions.standard)
    }
}
