/// Loopback addresses that no other program listens on.
package enum LoopbackHost {
    /// One of the sixteen million. Its ports stay free while a listener restarts; a port of 127.0.0.1 may be taken by
    /// any program that requests a free port.
    package static func fresh() -> String {
        "127.\(Int.random(in: 1...254)).\(Int.random(in: 1...254)).\(Int.random(in: 1...254))"
    }
}
