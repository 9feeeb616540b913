import Foundation
package import Identities
import Scheduling
import Sweeps
import Units

/// Validates a reported result: whether training could have produced it. Every result is checked before its commit.
///
/// Results in the form that `JSONEncoder` writes are scanned in place (``ResultScan``); any other form, or a result
/// with a problem, is decoded and described in words (``ResultRules``). Both apply the same rules.
package struct ResultCheck: Sendable {
    /// Bytes of the largest JSON of a result: some fifty thousand candidates.
    package static let maximumBytes = 1 << 20

    private let decoder = ResultDecoder()

    package init() {}

    /// What is wrong with the payload of a report, as one sentence with field, value and what was expected; nil for a
    /// valid result.
    ///
    /// - Parameters:
    ///   - payload: as ``ResultPayload``: a result's JSON, and behind a zero byte its predictions where they are kept.
    ///   - samples: of the unit's feature set, nil where that is not known.
    package func problem(in payload: [UInt8], of unit: UnitKey, samples: Int?) -> String? {
        payload.withUnsafeBytes { bytes in
            let end = Self.endOfResult(bytes)
            let json = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            let scanned = ResultScan(json, of: unit, samples: samples)?.testSamples
            let testSamples: Int
            if let scanned {
                testSamples = scanned
            } else {
                switch read(Data(json), of: unit, samples: samples) {
                case .success(let result): testSamples = result.testSamples
                case .failure(let invalid): return invalid.problem
                }
            }
            guard end < bytes.count else { return nil }
            return PredictionRules.problem(in: bytes[(end + 1)...], testSamples: testSamples, samples: samples)
        }
    }

    /// Decodes a result, and rejects one that breaks the rules.
    func read(_ json: Data, of unit: UnitKey, samples: Int?) -> Result<UnitResult, InvalidResult> {
        guard json.count <= Self.maximumBytes else {
            return .failure(InvalidResult("it has \(json.count) bytes, expected at most \(Self.maximumBytes)"))
        }
        do {
            let result = try decoder.decode(json)
            let problem = ResultRules(samples: samples).problem(in: result, of: unit)
            return problem.map { .failure(InvalidResult($0)) } ?? .success(result)
        } catch {
            return .failure(InvalidResult(decoding: error))
        }
    }

    /// Where the JSON ends: at the first zero byte, which JSON never holds, or at the end of all.
    private static func endOfResult(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress, let zero = memchr(start, 0, bytes.count) else { return bytes.count }
        return UnsafeRawPointer(zero) - start
    }
}

/// Why a result is rejected, in one sentence.
struct InvalidResult: Error, Equatable {
    /// Limits its length, since part of it comes from the writer of the result.
    private static let maximumCharacters = 300

    let problem: String

    init(_ problem: String) { self.problem = String(problem.prefix(Self.maximumCharacters)) }

    /// Describes a decoding error.
    init(decoding error: any Error) {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?: self.init("\(Self.path(context, key)) is missing")
        case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?:
            self.init("\(Self.path(context)) has a value of the wrong type")
        case .dataCorrupted(let context)? where !context.codingPath.isEmpty:
            self.init("\(Self.path(context)) cannot be read")
        default: self.init("it is not a result in JSON")
        }
    }

    private static func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
        let keys = context.codingPath + (last.map { [$0] } ?? [])
        return keys.isEmpty ? "the result" : keys.map { printable($0.stringValue) }.joined(separator: ".")
    }

    /// Untrusted text, as much of it as a line has room for.
    static func printable(_ text: String) -> String { String(text.printable.prefix(64)) }
}
