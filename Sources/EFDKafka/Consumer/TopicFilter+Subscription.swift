import EFDCore

/// The filter in librdkafka's form: it matches with the same POSIX expressions.
extension TopicFilter {
    /// For `KafkaConsumer.subscribe`: librdkafka treats a name that begins with `^` as an expression.
    public var subscription: String { include.posix }

    /// For `topic.blacklist`: expressions of topics that are treated as if they did not exist.
    ///
    /// - Precondition: `exclude` has no comma, which separates them; `Setting.exclusion` rejects it.
    public var exclusions: [String] {
        precondition(exclude?.posix.contains(",") != true, "an exclusion contains a comma")
        return (exclude.map { [$0.posix] } ?? []) + never.sorted().map(NamePattern.posix(ofName:))
    }
}
