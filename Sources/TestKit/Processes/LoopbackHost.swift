/// Addresses of this host that nobody else listens on.
package enum LoopbackHost {
    /// One of the sixteen million. A port of it is still free when its listener has ended and is started again, which
    /// one of 127.0.0.1 is not where other programs ask for any free port.
    package static func fresh() -> String {
        "127.\(Int.random(in: 1...254)).\(Int.random(in: 1...254)).\(Int.random(in: 1...254))"
    }
}
