/// What a sweep does where several feature sets have a task of one name, and share samples of it by their ids.
package enum SampleMatching: String, Codable, Hashable, Sendable, CaseIterable {
    /// All must have the same samples with the same labels, groups and split; a sweep over others is refused.
    case same
    /// Every set is cut to the samples that all of them have.
    case common
    /// Every set keeps what it has; samples are not compared.
    case own
}
