import Foundation

/// The objects of one worker: a Secret with its token, and a Job that runs it once. They are admissible where pod security is
/// "restricted".
struct KubernetesManifest: Sendable {
    /// The user and group that the worker runs as; its token's file belongs to root and this group.
    static let user = 10001
    /// Seconds that a pod gets between SIGTERM and SIGKILL, to hand back what it holds.
    static let gracePeriod = 120

    let launch: String
    let settings: KubernetesSettings

    /// The name of an object for a member; names of Kubernetes are of lower-case letters, digits and hyphens.
    func name(_ member: String) -> String {
        "probesweep-" + Self.label(member.lowercased(), atMost: 50)
    }

    /// The end of a text as far as it is a label: letters, digits and hyphens, the first and the last no hyphen.
    static func label(_ text: String, atMost count: Int = 63) -> String {
        let letters = text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }.suffix(count)
        return String(letters.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed())
    }

    /// As JSON, which `kubectl` takes like YAML and which needs no quoting of our own.
    ///
    /// - Parameter token: nil for a placeholder, where the manifest is shown.
    func secret(_ member: String, token: String?) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Secret",
            "metadata": ["name": .text(name(member)), "labels": labels],
            "stringData": ["worker.token": .text(token ?? "(the worker's one-time token)")],
        ]
    }

    func job(_ order: WorkerOrder) -> JSONValue {
        [
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": ["generateName": .text(name(order.member) + "-"), "labels": labels],
            "spec": [
                // Whether a worker is replaced is the launch's decision.
                "backoffLimit": 0, "completions": 1, "parallelism": 1, "ttlSecondsAfterFinished": 3600,
                "template": [
                    "metadata": ["labels": labels],
                    "spec": podSpecification(order),
                ],
            ],
        ]
    }

    private var labels: JSONValue {
        [
            "app.kubernetes.io/name": "probesweep", "app.kubernetes.io/component": "launched-worker",
            "probesweep/launch": .text(label),
        ]
    }

    var label: String { Self.label(launch) }

    private func podSpecification(_ order: WorkerOrder) -> JSONValue {
        var mounts: [JSONValue] = [
            ["name": "token", "mountPath": "/token", "readOnly": true], ["name": "cache", "mountPath": "/cache"],
            ["name": "tmp", "mountPath": "/tmp"],
        ]
        var volumes: [JSONValue] = [
            // Read by the group alone: the files belong to root.
            ["name": "token", "secret": ["secretName": .text(name(order.member)), "defaultMode": 0o440]],
            ["name": "cache", "emptyDir": [:]], ["name": "tmp", "emptyDir": [:]],
        ]
        if let claim = settings.featuresClaim {
            mounts.append(["name": "features", "mountPath": "/features", "readOnly": true])
            volumes.append(
                ["name": "features", "persistentVolumeClaim": ["claimName": .text(claim), "readOnly": true]])
        }
        let features = settings.featuresClaim == nil ? [] : ["--features", "/features"]
        let arguments =
            order.arguments(keys: "/cache/worker.keys", token: "/token/worker.token") + ["--cache", "/cache"] + features
        return [
            "restartPolicy": "Never", "automountServiceAccountToken": false,
            "terminationGracePeriodSeconds": .number(Self.gracePeriod),
            "securityContext": [
                "runAsNonRoot": true, "runAsUser": .number(Self.user), "runAsGroup": .number(Self.user),
                "fsGroup": .number(Self.user), "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "containers": [
                [
                    "name": "worker", "image": .text(settings.image), "args": .list(arguments.map { .text($0) }),
                    "resources": [
                        "requests": ["cpu": .text(settings.cpu), "memory": .text(settings.memory)],
                        "limits": ["cpu": .text(settings.cpu), "memory": .text(settings.memory)],
                    ],
                    "securityContext": [
                        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                        "capabilities": ["drop": ["ALL"]],
                    ],
                    "volumeMounts": .list(mounts),
                ]
            ],
            "volumes": .list(volumes),
        ]
    }
}

/// What `--on kubernetes` is told beside the options of every engine.
package struct KubernetesSettings: Sendable, Equatable, Codable {
    package var namespace: String
    package var image: String
    /// The claim of a volume with feature sets, mounted read-only at /features.
    package var featuresClaim: String?
    /// Requests and limits of a worker, in Kubernetes' units.
    package var cpu: String
    package var memory: String

    package init(namespace: String, image: String, featuresClaim: String?, cpu: String, memory: String) {
        self.namespace = namespace
        self.image = image
        self.featuresClaim = featuresClaim
        self.cpu = cpu
        self.memory = memory
    }
}
