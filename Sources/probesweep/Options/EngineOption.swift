import ArgumentParser
import Cluster
import Foundation
import Launch

/// `--on`: the engine that starts workers.
enum EngineOption: ExpressibleByArgument {
    case local, slurm, kubernetes
    case ssh(String)

    init?(argument: String) {
        switch argument {
        case "local": self = .local
        case "slurm": self = .slurm
        case "kubernetes": self = .kubernetes
        default:
            guard argument.hasPrefix("ssh:") else { return nil }
            self = .ssh(String(argument.dropFirst("ssh:".count)))
        }
    }
}

/// What is said of every worker of a launch.
struct LaunchedWorkerOptions: ParsableArguments {
    @Option(help: "A folder that workers search for feature sets, on their machines; may be repeated.")
    var features: [String] = []

    @Option(help: "Threads of each worker. (default: what its job or its machine gives it; with local, 1)")
    var threads: Int?

    @Option(help: "Memory of each worker in GB. (default: what its job or its machine gives it)")
    var memory: Double?

    @Option(help: "Seconds of training between checkpoints of a worker.")
    var checkpointSeconds: Double?

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads).") }
        if let memory, !(memory > 0) { throw ValidationError("--memory must be more than 0, not \(memory).") }
        if let checkpointSeconds, !(checkpointSeconds >= 0) {
            throw ValidationError("--checkpoint-seconds must be at least 0, not \(checkpointSeconds).")
        }
    }

    /// The options as a worker takes them. Its machine may have another working directory.
    ///
    /// - Parameter local: how many workers share this machine; nil where each has its own.
    func arguments(local workers: Int?) -> [String] {
        var (threads, memory) = (threads, memory)
        if let workers {
            threads = threads ?? 1
            memory = memory ?? Double(Allotment(.current).memory(ofEach: workers)) / 1e9
        }
        return features.flatMap { ["--features", URL(filePath: $0).standardizedFileURL.path] }
            + (threads.map { ["--threads", "\($0)"] } ?? []) + (memory.map { ["--memory", "\($0)"] } ?? [])
            + (checkpointSeconds.map { ["--checkpoint-seconds", "\($0)"] } ?? [])
    }
}

/// What only `--on kubernetes` takes.
struct KubernetesOptions: ParsableArguments {
    @Option(help: "Kubernetes: the namespace of the workers.")
    var namespace = "default"

    @Option(help: "Kubernetes: the image of the workers.")
    var image: String?

    @Option(help: "Kubernetes: the claim of a volume with feature sets, mounted at /features.")
    var featuresClaim: String?

    @Option(help: "Kubernetes: the processors of a worker.")
    var cpu = "4"

    @Option(help: "Kubernetes: the memory of a worker.")
    var podMemory = "8Gi"

    func settings() throws -> KubernetesSettings {
        guard let image else { throw ValidationError("--on kubernetes needs --image with the image of the workers.") }
        return KubernetesSettings(
            namespace: namespace, image: image, featuresClaim: featuresClaim, cpu: cpu, memory: podMemory)
    }
}
