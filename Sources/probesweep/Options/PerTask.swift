import ArgumentParser
import Features

/// `NAME`, or `NAME=COLUMN,COLUMN`.
struct TaskArgument: ExpressibleByArgument {
    var request: FeatureImport.TaskRequest

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        request = .init(name: parts[0])
        guard parts.count == 2 else { return }
        request.columns = parts[1].split(separator: ",").map(String.init)
        if request.columns.isEmpty { return nil }
    }
}

/// A value for all tasks of an import, or `TASK=VALUE` for one.
struct PerTask<Value: ExpressibleByArgument>: ExpressibleByArgument {
    /// Nil for all tasks.
    var task: String?
    var value: Value

    init?(argument: String) {
        if let mark = argument.firstIndex(of: "="), mark > argument.startIndex,
            let value = Value(argument: String(argument[argument.index(after: mark)...]))
        {
            (task, self.value) = (String(argument[..<mark]), value)
        } else if let value = Value(argument: argument) {
            self.value = value
        } else {
            return nil
        }
    }
}

extension Array {
    /// The value for a task: the one that names it, otherwise the one for all.
    func value<Value: ExpressibleByArgument>(for task: String) -> Value? where Element == PerTask<Value> {
        (last { $0.task == task } ?? last { $0.task == nil })?.value
    }
}
