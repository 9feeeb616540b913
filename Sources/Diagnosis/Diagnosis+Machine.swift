import Cluster
import Foundation
import Numerics

extension Diagnosis {
    func kernelPath() -> Finding {
        let subject = "kernel path"
        do {
            let (path, best) = (try KernelPath.fromEnvironment(), KernelPath.best())
            let available = KernelPath.available.map(\.rawValue).joined(separator: ", ")
            let found = "\(path.rawValue), of \(available)"
            if path != best {
                return .warning(
                    subject, found + ", as PROBESWEEP_KERNEL says",
                    remedy: "Unset it, unless results must equal those of machines without \(best.rawValue).")
            }
            if best == .portable {
                let obstacle = KernelPath.avx2.obstacle ?? "AVX2 is missing"
                return .warning(
                    subject, "\(found): \(obstacle)", remedy: "Training is slow here; use a newer processor if you can."
                )
            }
            return .ok(subject, found)
        } catch {
            return .failure(subject, "\(error)", remedy: "Correct or unset it.")
        }
    }

    /// What `worker` and `run` use unless they are told otherwise.
    func processors() -> Finding {
        let (surroundings, threads) = (Surroundings.current, Allotment(.current).threads)
        let allowed = surroundings.processors.count
        guard threads.value < allowed else { return .ok("processors", "\(allowed)") }
        return .ok("processors", "\(threads.value) of \(allowed) (\(threads.source))")
    }

    func memory() -> Finding {
        let (allotment, physical) = (Allotment(.current), MachineMemory.physical)
        let found =
            "\(MachineMemory.gigabytes(allotment.memory.value)) for training (\(allotment.memory.source))"
            + (allotment.memoryLimit == nil ? "" : "; the machine has \(MachineMemory.gigabytes(physical))")
        guard allotment.memory.value < 1 << 30 else { return .ok("memory", found) }
        return .warning(
            "memory", found, remedy: "Raise the limit, or expect large units to fail with the memory that they need.")
    }
}

extension Double {
    func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
