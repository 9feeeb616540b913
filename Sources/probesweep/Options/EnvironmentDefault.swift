import Foundation

/// Environment variables that give the default of an option, in every command that has it.
enum EnvironmentDefault: String {
    case state = "PROBESWEEP_STATE"
    case connect = "PROBESWEEP_CONNECT"
    case keys = "PROBESWEEP_KEYS"

    /// Nil where it is not set, or empty.
    var value: String? {
        guard let value = ProcessInfo.processInfo.environment[rawValue], !value.isEmpty else { return nil }
        return value
    }

    /// For the overview of the program.
    static let help = """
        Defaults of options come from the environment: PROBESWEEP_STATE of --state, PROBESWEEP_CONNECT of --connect, \
        PROBESWEEP_KEYS of --keys. An option on the command line wins.
        """
}
