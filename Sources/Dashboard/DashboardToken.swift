import Foundation
import Transport

/// The token of a dashboard: for actions, and for everything where other machines can reach it.
package enum DashboardToken {
    /// The token in the file, or a new one if there is no file: 32 random bytes in hexadecimal digits, readable by its
    /// owner alone.
    package static func readOrCreate(_ path: String) throws(DashboardError) -> String {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard token.utf8.count >= 16 else { throw .badToken(path: path, reason: "it has fewer than 16 characters") }
            return token
        }
        var generator = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        do {
            try PrivateFile.create(path, text: token + "\n")
        } catch {
            throw .badToken(path: path, reason: "\(error)")
        }
        return token
    }
}
