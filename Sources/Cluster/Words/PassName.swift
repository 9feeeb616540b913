import Identities
import Sweeps

/// What a sweep's passes are called: `SET/LAYER:DIGEST:KERNEL`, the layer as the sweep names it, its content, and the
/// kernel path that the sweep pins, else `auto`.
///
/// Units that read the same layer on the same kernel path share a pass. Set and layer are in it beside the content,
/// since units name them too: those of two copies of one feature set have nothing in common that a worker could share.
enum PassName {
    static func make(_ layer: LayerReference, kernel: String?) -> PassID {
        PassID("\(layer.set)/\(layer.layer):\(layer.digest):\(kernel ?? "auto")")
    }

    /// The digest of the layer that a pass reads; set names may hold colons, digests and kernels do not.
    static func digest(of pass: PassID) -> String {
        let parts = pass.text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count < 2 ? pass.text : String(parts[parts.count - 2])
    }
}
