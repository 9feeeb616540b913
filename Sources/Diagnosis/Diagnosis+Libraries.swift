import Digests
import Ledger
import Transport

extension Diagnosis {
    func libraries() -> [Finding] {
        [
            zeroMQ(), sqlite(), .ok("SHA-256", SHA256.library),
            .ok("BLAS", "none needed: products are the program's own"),
        ]
    }

    private func zeroMQ() -> Finding {
        let found = "version \(ZeroMQLibrary.version)"
        guard ZeroMQLibrary.hasCURVE else {
            return .failure(
                "ZeroMQ", "\(found) without CURVE, so that no connection can be encrypted",
                remedy: "Install a libzmq that is built with libsodium, as Debian's libzmq5 is.")
        }
        return .ok("ZeroMQ", "\(found) with CURVE")
    }

    private func sqlite() -> Finding {
        do {
            return .ok("SQLite", "version \(try SQLiteLibrary.version())")
        } catch {
            return .failure("SQLite", "\(error)", remedy: "Install Debian's libsqlite3-0.")
        }
    }
}
