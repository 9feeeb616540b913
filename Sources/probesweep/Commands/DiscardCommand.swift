import ArgumentParser
package import Cluster
import Ledger
import Transport

struct DiscardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Remove bad results of a sweep, so that their units are trained again.",
        discussion: """
            Shows how many results will be removed, and asks for confirmation. Options narrow the selection together. \
            Works on the ledger in --state while no coordinator uses it, or through a coordinator with --connect and \
            --keys; sweeps that share the units train them again too.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(
        name: .customLong("unit"),
        help: "A unit's key, or at least its first 8 digits; may be repeated.")
    var units: [String] = []

    @Option(help: "Only results that this worker reported.")
    var worker: String?

    @Option(
        help: """
            Only results since this time: a duration ago (30m, 2h, 7d), HH:MM, ISO 8601, or seconds since 1970.
            """)
    var since: PastTime?

    @Flag(help: "All results of the sweep.")
    var all = false

    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard all == (units.isEmpty && worker == nil && since == nil) else {
            throw ValidationError("Give --unit, --worker or --since, or --all for all results of the sweep.")
        }
        for unit in units where !(8...64 ~= unit.utf8.count && unit.allSatisfy { $0.isASCII && $0.isHexDigit }) {
            throw ValidationError("--unit \(unit): give 8 to 64 hexadecimal digits of a key.")
        }
    }

    func run() async throws {
        StateOptions.keepPrivate()
        let request = DiscardRequest(sweep: sweep, units: units, worker: worker, since: since?.date)
        switch try ledger.announcedPlace() {
        case .coordinator(let endpoint):
            let client = try endpoint.client()
            try carryOut(request) { try client.discard($0, isApplied: $1) }
        case .state(let folder):
            let ledger = try Discarding.open(folder)
            try carryOut(request) { request, isApplied in
                isApplied
                    ? try Discarding.apply(request, to: ledger) : try Discarding.preview(request, in: ledger.reader)
            }
        }
    }

    private func carryOut(
        _ request: DiscardRequest, _ discard: (DiscardRequest, _ isApplied: Bool) throws -> DiscardSummary
    ) throws {
        let summary = try discard(request, false)
        try confirmation.confirm(summary.announcement)
        var request = request
        request.sweep = "\(summary.number)"
        request.until = summary.asOf
        try Output.line(discard(request, true).confirmation)
    }
}

extension PastTime: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
