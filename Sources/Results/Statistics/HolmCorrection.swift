/// Holm's step-down correction for m tests at once: the i-th smallest p-value (from 1) becomes
/// max over j ≤ i of min(1, (m − j + 1)·p_j). Controls the chance of any false rejection, whatever the tests share
/// (Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979).
///
/// - Returns: The corrected values in the order of the given ones.
package func holmCorrected(_ pValues: [Double]) -> [Double] {
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var corrected = pValues
    var largest = 0.0
    for (position, index) in order.enumerated() {
        largest = max(largest, min(1, Double(pValues.count - position) * pValues[index]))
        corrected[index] = largest
    }
    return corrected
}
