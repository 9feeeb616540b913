package import Identities

/// The names of a sweep's passes: `SET/LAYER:DIGEST:KERNEL`, the layer as the sweep names it, its content, and the
/// kernel path that the sweep pins, else `auto`.
///
/// Units that read the same layer on the same kernel path share a pass. Set and layer are part of it beside the
/// content, since units name them too: a worker can share nothing between the units of two copies of one feature set.
package enum PassName {
    package static func make(_ layer: LayerReference, kernel: String?) -> PassID {
        PassID("\(layer.set)/\(layer.layer):\(layer.digest):\(kernel ?? "auto")")
    }

    /// `SET/LAYER`, for people.
    package static func layer(of pass: PassID) -> String {
        pass.text.split(separator: ":", omittingEmptySubsequences: false).dropLast(2).joined(separator: ":")
    }

    /// The digest of the layer that a pass reads; set names may hold colons, digests and kernels do not.
    package static func digest(of pass: PassID) -> String {
        let parts = pass.text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count < 2 ? pass.text : String(parts[parts.count - 2])
    }
}
