import Digests
import Foundation

/// What a browser may load and run in a page: style sheets and scripts that lie in it, by their hashes.
package enum ContentPolicy {
    /// The value of a Content-Security-Policy header.
    ///
    /// - Parameter connectsToItself: whether its scripts may talk to the server that it came from.
    package static func text(styles: [String], scripts: [String], connectsToItself: Bool = false) -> String {
        "default-src 'none'; style-src \(hashes(of: styles)); script-src \(hashes(of: scripts)); "
            + (connectsToItself ? "connect-src 'self'; " : "") + "base-uri 'none'; form-action 'none'"
    }

    private static func hashes(of texts: [String]) -> String {
        texts.map { "'sha256-\(Data(SHA256.hash($0.utf8).bytes).base64EncodedString())'" }.joined(separator: " ")
    }
}
