import Foundation
import Identities
import Scheduling
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Transport

@testable import Cluster

/// A worker's service without sockets and threads: a test says what arrives, lets it take a turn, and reads what it
/// sends and has trained. Its store of reports is real.
final class WorkerStage {
    let folder: TemporaryFolder
    let clock = TestClock()
    let log = LogLines()
    let trainer: TestTrainer
    let service: WorkerService
    /// What the trainer says.
    let tell: @Sendable (Worker.Event) -> Void
    private let connections: Connections

    /// The sockets that the service made, and the way into its queue.
    private final class Connections: Sendable {
        let made = Mutex<[TestDealer]>([])
        let inputs = Mutex<EventQueue<WorkerService.Input>?>(nil)
        let isRefused = Atomic<Bool>(false)

        func connect(_ inputs: EventQueue<WorkerService.Input>) throws -> TestDealer {
            guard !isRefused.load(ordering: .relaxed) else { throw CocoaError(.fileReadUnknown) }
            self.inputs.withLock { $0 = inputs }
            let dealer = TestDealer()
            made.withLock { $0.append(dealer) }
            return dealer
        }
    }

    /// - Parameter makeTrainer: makes another trainer than ``trainer``.
    init(
        in folder: TemporaryFolder? = nil,
        makeTrainer: ((@escaping @Sendable (Worker.Event) -> Void) -> any PassTrainer)? = nil
    ) throws {
        let (trainer, connections) = (TestTrainer(), Connections())
        self.folder = try folder ?? TemporaryFolder()
        self.trainer = trainer
        self.connections = connections
        let identity = WorkerIdentity(programVersion: "test", name: "worker", kernelPath: "portable")
        let configuration = WorkerService.Configuration(
            identity: identity, settings: WorkerSettings(id: identity.id, name: identity.name), endpoint: "",
            security: .none, cache: self.folder.url)
        var told: (@Sendable (Worker.Event) -> Void)?
        service = try WorkerService(
            configuration, logger: log.logger,
            makeTrainer: { tell in
                told = tell
                return makeTrainer?(tell) ?? trainer
            }, clock: { [clock] in clock.now }, connect: { inputs, _ in try connections.connect(inputs) })
        tell = try #require(told)
    }

    /// Connected and welcome.
    static func welcomed(in folder: TemporaryFolder? = nil) throws -> WorkerStage {
        let stage = try WorkerStage(in: folder)
        stage.welcome()
        return stage
    }

    func welcome(by socket: Int? = nil) {
        deliver(.connected, by: socket)
        hear(
            .welcome(.with { ($0.heartbeatMilliseconds, $0.silenceMilliseconds) = (1_000, 3_500) }), by: socket)
        service.turn()
    }

    var sockets: [TestDealer] { connections.made.withLock { $0 } }

    /// Whether the next attempts to connect fail.
    func refuseConnections(_ isRefused: Bool) { connections.isRefused.store(isRefused, ordering: .relaxed) }

    /// An event of a socket, by default the latest, is put into the queue.
    func deliver(_ event: DealerEvent, by socket: Int? = nil) {
        connections.inputs.withLock { $0 }?.post(.network(event, socket: socket ?? sockets.count - 1))
    }

    /// A message of the coordinator arrives.
    func hear(_ body: WireCoordinatorToWorker.OneOf_Body, by socket: Int? = nil) {
        deliver(.message(.with { $0.worker.body = body }), by: socket)
    }

    /// A message of the coordinator arrives and is handled.
    func take(_ body: WireCoordinatorToWorker.OneOf_Body) {
        hear(body)
        service.turn()
    }

    /// The trainer says something, and the service hears it.
    func train(_ event: Worker.Event) {
        tell(event)
        service.turn()
    }

    /// What was sent over the latest socket, or another.
    func sent(by socket: Int? = nil) -> [WireWorkerToCoordinator.OneOf_Body] {
        sockets[socket ?? sockets.count - 1].sent.withLock { $0 }
    }

    /// Forgets what was sent.
    func forget() { for socket in sockets { socket.sent.withLock { $0 = [] } } }

    /// The reports that were sent, in order, repeated ones repeated.
    var reports: [UnitReport] {
        sockets.flatMap { $0.sent.withLock { $0 } }.flatMap { body -> [UnitReport] in
            if case .reports(let reports) = body { reports.scheduling } else { [] }
        }
    }

    /// The reports that the next process would find.
    func stored() throws -> [UnitReport] { try ReportStore.open(folder.file("outbox")).reports }

    var orders: [TestTrainer.Order] { trainer.orders.withLock { $0 } }
}

/// A lease of units that are numbered.
struct TestLease {
    let attempt: Attempt
    let units: [UnitKey]

    init(_ attempt: UInt64, _ units: Range<UInt64>) {
        self.attempt = Attempt(number: attempt)
        self.units = units.map { UnitKey(words: $0, 2, 3, 4) }
    }

    var message: WireCoordinatorToWorker.OneOf_Body {
        .lease(
            .with { lease in
                lease.attempt = attempt.number
                lease.pass = "layer"
                lease.featuresFolder = "/nowhere"
                lease.units = units.map { unit in
                    .with { ($0.key, $0.canonicalJson) = (unit.data, Data("form of \(unit)".utf8)) }
                }
            })
    }

    var order: TestTrainer.Order {
        .start(
            Lease(attempt: attempt, pass: PassID("layer"), units: units),
            LeaseContent(
                folder: "/nowhere",
                forms: Dictionary(uniqueKeysWithValues: units.map { ($0, Array("form of \($0)".utf8)) })))
    }

    func finished(_ place: Int) -> UnitReport {
        UnitReport(unit: units[place], attempt: attempt, outcome: .finished([1, 2, UInt8(place)]))
    }

    func failed(_ place: Int, _ reason: String) -> UnitReport {
        UnitReport(unit: units[place], attempt: attempt, outcome: .failed(reason))
    }

    /// The coordinator's receipts for its reports.
    var receipts: WireCoordinatorToWorker.OneOf_Body {
        .acknowledged(WireAcknowledged(units.map { Receipt(unit: $0, attempt: attempt) }))
    }
}
