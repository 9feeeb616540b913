import Foundation
import Ledger
import Numerics

extension Diagnosis {
    /// The folder's place, its disk and its ledger.
    func stateFolder() -> [Finding] {
        let place = StatePlace(state)
        var findings = [location(place)]
        guard findings[0].grade != .failure else { return findings }
        findings += disk(place.existingFolder)
        if LedgerReader.exists(in: state) { findings.append(ledger()) }
        return findings
    }

    private func location(_ place: StatePlace) -> Finding {
        if let problem = place.problem { return .failure("state", "\(problem)") }
        let isNew = place.existingFolder != state
        return .ok("state", "\(state) is on a local \(place.fileSystem)\(isNew ? ", and will be created" : "")")
    }

    private func disk(_ folder: String) -> [Finding] {
        do {
            let speed = try DiskSpeed.measure(in: folder)
            return [space(folder), speed.finding]
        } catch {
            return [
                .failure("disk", "\(folder) cannot be written: \(error)", remedy: "Check permissions and free space.")
            ]
        }
    }

    private func space(_ folder: String) -> Finding {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return .failure("disk", "the free space of \(folder) is unknown: \(lastError())")
        }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        let found = "\(MachineMemory.gigabytes(free)) free"
        guard free < 1 << 30 else { return .ok("disk", found) }
        return .warning(
            "disk", found, remedy: "Free some space: a sweep pauses when the disk is full, and loses nothing.")
    }

    private func ledger() -> Finding {
        do {
            let sweeps = try LedgerReader.open(state).sweeps().count
            return .ok("ledger", "\(sweeps) \(sweeps == 1 ? "sweep" : "sweeps")")
        } catch {
            return .failure("ledger", "\(error)")
        }
    }
}

/// The system's reason for the last failed call.
func lastError() -> String { String(cString: strerror(errno)) }
