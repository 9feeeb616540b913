import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

@Suite struct MessageCodingTests {
    @Test("Every kind of message survives the wire", arguments: Sample.toCoordinator.indices)
    func toCoordinator(_ index: Int) throws {
        let message = Sample.toCoordinator[index]
        let bytes = try MessageCoding.encode(message, limit: 1 << 20)
        #expect(try MessageCoding.decode(bytes, from: nil) == message)
    }

    @Test("Every kind of answer survives the wire", arguments: Sample.fromCoordinator.indices)
    func fromCoordinator(_ index: Int) throws {
        let message = Sample.fromCoordinator[index]
        let bytes = try MessageCoding.encode(message, limit: 1 << 20)
        #expect(try MessageCoding.decode(bytes) == message)
    }

    @Test("A message that breaks a limit is refused with the field that breaks it", arguments: Sample.broken)
    func limits(_ field: String, _ message: WireToCoordinator) throws {
        let bytes = try MessageCoding.encode(message, limit: 64 << 20)
        let error = #expect(throws: TransportError.self) {
            try MessageCoding.decode(bytes, from: nil) as WireToCoordinator
        }
        guard case .malformed(field, _)? = error else { Issue.record("\(String(describing: error))"); return }
    }

    @Test("A field of a later version is passed over")
    func unknownField() throws {
        var bytes = try MessageCoding.encode(Sample.toCoordinator[0], limit: 1 << 20)
        bytes += [0xFA, 0x3F, 2, 1, 2]  // Field 1023, two bytes.
        #expect(try MessageCoding.decode(bytes, from: nil) == Sample.toCoordinator[0])
    }

    @Test("Messages nested without end are refused instead of exhausting the stack")
    func nesting() {
        var bytes = Data()
        for _ in 0..<100_000 { bytes.append(contentsOf: [0x0B]) }
        #expect(throws: TransportError.self) { try MessageCoding.decode(bytes, from: nil) as WireToCoordinator }
    }

    @Test("Random, mutated and truncated frames are decoded or refused, never more", arguments: 1...10)
    func fuzz(seed: UInt64) {
        var mutator = Mutator(Sample.corpus.map(Array.init), seed: seed)
        var decoded = 0
        var refused = 0
        for _ in 0..<10_000 {
            let frame = Data(mutator.next())
            for outcome in [Decodes.toCoordinator(frame), Decodes.fromCoordinator(frame)] {
                if outcome { decoded += 1 } else { refused += 1 }
            }
        }
        // Both paths were taken: what is decoded keeps every limit, since decoding checks it.
        #expect(decoded > 100 && refused > 1_000)
    }
}

private enum Decodes {
    static func toCoordinator(_ frame: Data) -> Bool {
        (try? MessageCoding.decode(frame, from: nil) as WireToCoordinator) != nil
    }

    static func fromCoordinator(_ frame: Data) -> Bool {
        (try? MessageCoding.decode(frame) as WireFromCoordinator) != nil
    }
}

/// One message of every kind, with every field set.
private enum Sample {
    static let key = Data(1...32)

    static let toCoordinator: [WireToCoordinator] = [
        worker(.hello(hello)),
        worker(
            .heartbeat(
                .with {
                    $0.leases = [
                        .with {
                            $0.attempt = 1 << 40
                            $0.unfinished = 3
                            $0.training = true
                            $0.progress = 0.5
                        }
                    ]
                })),
        worker(
            .reports(
                .with {
                    $0.units = [
                        .with {
                            $0.key = key
                            $0.attempt = 7
                            $0.result = Data("{}".utf8)
                        },
                        .with {
                            $0.key = key
                            $0.attempt = 8
                            $0.error = "diverged"
                        },
                    ]
                })),
        worker(
            .returned(
                .with {
                    $0.attempt = 7
                    $0.keys = [key]
                })),
        worker(.draining(WireDraining())), worker(.goodbye(WireGoodbye())),
        client(
            .submit(
                .with {
                    $0.name = "s"
                    $0.specification = "name: s"
                    $0.facts = Data("{}".utf8)
                })),
        client(.status(.with { $0.sweep = "s" })), client(.cancelSweep(.with { $0.sweep = "s" })),
        client(.drainWorkers(.with { $0.names = ["w"] })), client(.resumeWorkers(.with { $0.names = ["w"] })),
        client(.listWorkers(WireListWorkers())),
        client(.fetchSweep(.with { ($0.sweep, $0.specification) = ("s", true) })),
        client(.fetchCells(.with { ($0.sweep, $0.first, $0.end) = (1, 512, 1_024) })),
        client(.fetchPredictions(.with { $0.key = key })),
        client(.fetchUnit(.with { ($0.sweep, $0.digits) = (1, "0123abcd") })),
        client(
            .discard(
                .with {
                    $0.sweep = "s"
                    $0.units = ["0123abcd"]
                    $0.worker = "w"
                    ($0.since, $0.until) = (1, 2)
                    $0.apply = true
                })),
    ]

    static let fromCoordinator: [WireFromCoordinator] = [
        .with {
            $0.worker.welcome = .with {
                $0.coordinatorIncarnation = 2
                $0.heartbeatMilliseconds = 1_000
                $0.silenceMilliseconds = 3_500
            }
        },
        .with { $0.worker.rejected.reason = "version" }, .with { $0.worker.reregister = WireReregister() },
        .with {
            $0.worker.lease = .with {
                $0.attempt = 9
                $0.pass = "p"
                $0.featuresFolder = "/f"
                $0.featuresDigest = "d"
                $0.layer = 4
                $0.units = [
                    .with {
                        $0.key = key
                        $0.canonicalJson = Data("{}".utf8)
                    }
                ]
            }
        },
        .with {
            $0.worker.acknowledged.receipts = [
                .with {
                    $0.key = key
                    $0.attempt = 9
                }
            ]
        },
        .with {
            $0.worker.cancel.attempt = 9
            $0.worker.cancel.keys = [key]
        },
        .with { $0.worker.drain = WireDrain() }, .with { $0.worker.beat = WireBeat() },
        .with { $0.worker.refusal.reason = "it is not the JSON of a result" },
        .with {
            $0.client.request = 5
            $0.client.submitted = .with {
                $0.sweep = 1
                $0.name = "s"
                $0.units = 10
                $0.alreadyDone = 2
            }
        },
        .with { $0.client.status.json = Data("[]".utf8) }, .with { $0.client.refused.reason = "no such sweep" },
        .with {
            $0.client.text.text = "table"
        },
    ]

    static var corpus: [Data] {
        (toCoordinator as [any Message] + fromCoordinator as [any Message]).compactMap { try? $0.serializedBytes() }
    }

    static let broken: [(String, WireToCoordinator)] = [
        ("sender", WireToCoordinator()),
        ("worker.body", .with { $0.worker = WireWorkerToCoordinator() }),
        ("client.body", .with { $0.client = WireClientToCoordinator() }),
        ("discard.sweep", client(.discard(WireDiscard()))),
        (
            "discard.units",
            client(
                .discard(
                    .with {
                        $0.sweep = "s"
                        $0.units = [String(repeating: "0", count: 65)]
                    }))
        ),
        (
            "discard.worker",
            client(
                .discard(
                    .with {
                        $0.sweep = "s"
                        $0.worker = String(repeating: "n", count: MessageLimits.nameBytes + 1)
                    }))
        ),
        ("hello.incarnation", hello { $0.incarnation = Data(count: 15) }),
        ("hello.worker_name", hello { $0.workerName = "" }),
        ("hello.worker_name", hello { $0.workerName = String(repeating: "n", count: MessageLimits.nameBytes + 1) }),
        ("hello.host", hello { $0.host = String(repeating: "n", count: MessageLimits.nameBytes + 1) }),
        ("hello.speed", hello { $0.speed = .nan }),
        ("hello.until_seconds", hello { $0.untilSeconds = -1 }),
        ("hello.last_words", hello { $0.lastWords = String(repeating: "n", count: MessageLimits.textBytes + 1) }),
        ("hello.held", hello { $0.held = Array(repeating: WireHeldLease(), count: MessageLimits.leases + 1) }),
        ("hello.held.unit_keys", hello { $0.held = [.with { $0.unitKeys = [Data(count: 31)] }] }),
        ("heartbeat.leases.progress", worker(.heartbeat(.with { $0.leases = [.with { $0.progress = 1.5 }] }))),
        ("heartbeat.leases.progress", worker(.heartbeat(.with { $0.leases = [.with { $0.progress = .nan }] }))),
        (
            "reports.units",
            worker(.reports(.with { $0.units = Array(repeating: WireUnitReport(), count: MessageLimits.units + 1) }))
        ),
        ("reports.units.key", worker(.reports(.with { $0.units = [.with { $0.error = "e" }] }))),
        ("reports.units.outcome", worker(.reports(.with { $0.units = [.with { $0.key = key }] }))),
        ("returned.keys", worker(.returned(.with { $0.keys = [Data(count: 33)] }))),
        ("returned.keys", worker(.returned(.with { $0.keys = [key, key] }))),
        ("hello.held", hello { $0.held = [WireHeldLease(), WireHeldLease()] }),
        ("hello.held.unit_keys", hello { $0.held = [.with { $0.unitKeys = [key, key] }] }),
        ("heartbeat.leases", worker(.heartbeat(.with { $0.leases = [WireLeaseStatus(), WireLeaseStatus()] }))),
        ("heartbeat.processors", worker(.heartbeat(.with { $0.processors = .infinity }))),
        ("heartbeat.load_average", worker(.heartbeat(.with { $0.loadAverage = -1 }))),
        (
            "reports.units",
            worker(
                .reports(
                    .with {
                        $0.units = Array(
                            repeating: .with {
                                $0.key = key
                                $0.error = "e"
                            }, count: 2)
                    }))
        ),
        ("drain_workers.names", client(.drainWorkers(.with { $0.names = ["a", "a"] }))),
        ("resume_workers.names", client(.resumeWorkers(.with { $0.names = ["a", "a"] }))),
        ("submit.name", client(.submit(WireSubmit()))),
        ("cancel_sweep.sweep", client(.cancelSweep(WireCancelSweep()))),
        ("drain_workers.names", client(.drainWorkers(.with { $0.names = [""] }))),
        ("fetch_sweep.sweep", client(.fetchSweep(WireFetchSweep()))),
        ("fetch_predictions.key", client(.fetchPredictions(WireFetchPredictions()))),
        ("fetch_unit.digits", client(.fetchUnit(.with { $0.digits = String(repeating: "0", count: 65) }))),
    ]

    private static let hello: WireHello = .with {
        $0.protocolVersion = 1
        $0.programVersion = "1.0"
        $0.workerName = "w"
        $0.incarnation = Data(count: 16)
        $0.host = "h"
        $0.threads = 2
        $0.memoryBytes = 1 << 34
        $0.kernelPath = "avx2"
        $0.speed = 1e9
        $0.held = [
            .with {
                $0.attempt = 1 << 40
                $0.unitKeys = [key]
                $0.training = true
            }
        ]
        $0.untilSeconds = 60
        $0.lastWords = "Killed"
    }

    private static func hello(_ change: (inout WireHello) -> Void) -> WireToCoordinator {
        var changed = hello
        change(&changed)
        return worker(.hello(changed))
    }

    private static func worker(_ body: WireWorkerToCoordinator.OneOf_Body) -> WireToCoordinator {
        .with { $0.worker.body = body }
    }

    private static func client(_ body: WireClientToCoordinator.OneOf_Body) -> WireToCoordinator {
        .with {
            $0.client.protocolVersion = 1
            $0.client.request = 5
            $0.client.body = body
        }
    }
}
