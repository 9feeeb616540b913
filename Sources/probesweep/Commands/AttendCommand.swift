import ArgumentParser
import Cluster
import Launch
import Ledger
import Logging
import Numerics
import Results
import Sweeps
import Training

struct AttendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attend", abstract: "Show what trained heads attend to, and what that is worth.",
        discussion: """
            Trains the selected heads again, each of which must give the ledger's result to the last bit; reads their \
            attention maps on the test folds, and evaluates the heads with maps replaced by the uniform one, by their \
            mean, and by those of other samples. Analyses are units of a sweep of their own: on a cluster (--connect) its \
            workers train them, else workers on this machine; they are kept in the ledger, and the same command resumes.

            --figure draws worth against a quality of the maps. --maps and --mosaic write and draw the maps of one head.

            It can read the attention of \(AttentionUnsupported.methods). docs/attention.md has the equations.
            """)

    @Argument(help: "The sweep's name or number; a name means the latest sweep of that name.")
    var sweep: String

    @Option(help: "text, csv, json or markdown.")
    var format = AttentionFormat.text

    @Flag(
        help: "Show the statistics over folds alone: correlations of worth with what maps look at, and pairs of probes."
    )
    var statistics = false

    @Option(
        name: .customLong("feature-folder"),
        help: """
            A folder to search for feature sets on this machine, besides those that the sweep's client used; may be \
            repeated.
            """)
    var folders: [String] = []

    @OptionGroup var pictures: AttentionPictureOptions
    @OptionGroup var selection: RowOptions
    @OptionGroup var crew: CrewOptions
    @OptionGroup var again: RetryOptions
    @OptionGroup var ledger: LedgerOptions

    func validate() throws {
        guard !statistics || !pictures.areOfOneHead else {
            throw ValidationError("--statistics is over folds, --maps and --mosaic are of one head: give them in turn.")
        }
    }

    func run() async throws {
        if pictures.areOfOneHead { return try readOneHead() }
        switch try ledger.announcedPlace() {
        case .state(let folder): try await analyseHere(folder)
        case .coordinator(let endpoint): try await analyse(at: endpoint)
        }
    }

    /// Trains one head here: maps do not travel.
    private func readOneHead() throws {
        let found = try pictures.readMaps(
            sweep, selection.selection, in: try ledger.open(), settings: crew.retraining(folders: folders))
        try Output.text([found].rendered(as: format))
    }

    /// With workers on this machine, which are started only if something is still to be analysed.
    private func analyseHere(_ folder: String) async throws {
        let reader = try LedgerReader.open(folder)
        let analysis = try AttentionAnalysis(sweep, selection.selection, in: reader, folders: folders)
        try announce(analysis)
        let known = try analysis.findings(in: reader)
        if known.missing.isEmpty { return try write(known, from: reader) }
        try CrewOptions.prepareProcess()
        for source in analysis.sweeps { try LocalCluster.checkKernels(for: source.specification) }
        let writable = try Ledger.open(folder)
        let interrupted = Interruption()
        for source in analysis.sweeps {
            let display = ProgressDisplay(leaders: nil)
            defer { display.end() }
            let ending = try await crew.cluster(state: folder, folders: folders).run(
                source, retry: again.retry, ledger: writable, logger: Logger(label: "probesweep"),
                progress: display.show, isInterrupted: { interrupted.came })
            switch ending {
            case .done, .quarantined: break
            case .cancelled:
                Exit.complain("the analysis was cancelled; what it has finished is kept")
                throw Exit.failure
            case .interrupted:
                Exit.complain("interrupted; run the same command again to resume")
                throw Exit.failure
            }
        }
        try write(analysis.findings(in: reader), from: reader)
    }

    private func analyse(at endpoint: Endpoint) async throws {
        guard folders.isEmpty else {
            throw ValidationError(
                "--feature-folder is for training on this machine; workers of a cluster have --features of their own.")
        }
        let client = try endpoint.client()
        let analysis = try AttentionAnalysis(sweep, selection.selection, in: RemoteLedger(client))
        try announce(analysis)
        for source in analysis.sweeps {
            let submitted = try client.submit(source, retry: again.retry, priority: nil, replaces: false)
            for note in submitted.notes { Exit.complain(note) }
            Exit.complain(
                "sweep \(submitted.number) (\(submitted.name)): \(submitted.units) units, \(submitted.alreadyDone) already "
                    + "done")
            let display = ProgressDisplay(leaders: nil)
            defer { display.end() }
            let ended = try await SweepFollower(client).follow(submitted, display)
            guard ended.outcome != .cancelled else { throw Exit.failure }
        }
        let ledger = RemoteLedger(client)
        try write(analysis.findings(in: ledger), from: ledger)
    }

    private func announce(_ analysis: AttentionAnalysis) throws {
        for reason in analysis.leftOut { Exit.complain(reason) }
        let machine = CostModel.measure(kernel: try .fromEnvironment(), threads: crew.threads)
        let seconds = try analysis.predictedSeconds(speed: machine.speed(relativeTo: .reference))
        Exit.complain(
            "units to analyse: \(analysis.units); those that were not analysed before are trained again, all of them in "
                + "about \(AttentionAnalysis.words(seconds: seconds)) of one worker of this machine's speed, each as if "
                + "it were alone, with the reading of maps")
    }

    private func write(
        _ findings: (found: [UnitAttention], missing: [String]), from ledger: any SweepReader
    ) throws {
        let (found, missing) = findings
        for reason in missing { Exit.complain(reason) }
        if !found.isEmpty {
            try Output.text(found.rendered(as: format, statisticsAlone: statistics))
            try pictures.draw(
                found, of: SweepTable.make(sweep, in: ledger, against: .parameters).selecting(selection.selection))
        }
        guard missing.isEmpty else {
            RetryOptions.advise()
            throw Exit.quarantined
        }
    }
}

extension AttentionFormat: ExpressibleByArgument {}
