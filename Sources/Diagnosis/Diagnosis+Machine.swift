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

    func processors() -> Finding {
        let (subject, count) = ("processors", MachineProcessors.count)
        guard let quota = MachineProcessors.quota, quota < Double(count) else { return .ok(subject, "\(count)") }
        let usable = max(1, Int(quota))
        return .warning(
            subject, "\(count), but the control group may use the time of \(quota.formatted(decimals: 1))",
            remedy: "Raise its limit, or give `run` --workers \(usable) and `worker` --threads \(usable).")
    }

    func memory() -> Finding {
        let (bytes, physical) = (MachineMemory.bytes, Int(ProcessInfo.processInfo.physicalMemory))
        let found =
            bytes < physical
            ? "\(gigabytes(bytes)), the control group's limit; the machine has \(gigabytes(physical))"
            : gigabytes(bytes)
        guard bytes < 2 << 30 else { return .ok("memory", found) }
        return .warning(
            "memory", found, remedy: "Give `run` and `worker` --memory, so that training stays within it.")
    }
}

/// Bytes as gigabytes with one decimal.
func gigabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e9).formatted(decimals: 1)) GB" }

extension Double {
    func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}
