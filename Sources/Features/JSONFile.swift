import Foundation

/// JSON files of a feature set, read into values with errors that name the field.
enum JSONFile {
    static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws(FeatureError) -> Value {
        let mapping = try MappedFile.open(path)
        do {
            return try JSONDecoder().decode(type, from: Data(mapping.bytes))
        } catch let error as DecodingError {
            throw describe(error, path: path)
        } catch {
            throw FeatureError(file: path, found: "\(error)", expected: "JSON", remedy: "Correct the file.")
        }
    }

    /// A line of a file of JSON lines.
    static func line<Value: Decodable>(
        _ type: Value.Type, _ text: String, number: Int, of path: String
    ) throws(FeatureError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            var described =
                (error as? DecodingError).map { describe($0, path: path) }
                ?? FeatureError(file: path, found: "\(error)", expected: "JSON", remedy: "Correct the file.")
            described.field = ["line \(number)", described.field].compactMap { $0 }.joined(separator: ", ")
            throw described
        }
    }

    /// Writes with sorted keys and line breaks, so that files compare line by line.
    static func write(_ value: some Encodable, to path: String) throws(FeatureError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let data: Data
        do {
            data = try encoder.encode(value) + Data("\n".utf8)
        } catch {
            throw FeatureError(
                file: path, found: "a value that is no JSON: \(error)", remedy: "Check names and numbers.")
        }
        try OutputFile.write(Array(data), to: path)
    }

    private static func describe(_ error: DecodingError, path: String) -> FeatureError {
        let (context, key): (DecodingError.Context, String?) =
            switch error {
            case .keyNotFound(let key, let context): (context, key.stringValue)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, nil)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: "\(error)"), nil)
            }
        var field = ""
        for step in context.codingPath {
            field += step.intValue.map { "[\($0)]" } ?? (field.isEmpty ? step.stringValue : ".\(step.stringValue)")
        }
        if let key { field += field.isEmpty ? key : ".\(key)" }
        return FeatureError(
            file: path, field: field.isEmpty ? nil : field,
            found: key == nil ? context.debugDescription : "the field is missing",
            remedy: "Correct the file; docs/formats.md lists the fields.")
    }
}
