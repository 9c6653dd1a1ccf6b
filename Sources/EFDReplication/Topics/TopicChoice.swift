import EFDCore

/// Which source topics are copied.
struct TopicChoice: Sendable {
    private let include: String
    private let exclude: String
    /// Topics that are never copied, whatever the settings say.
    private let own: Set<String>

    init(_ settings: Settings) {
        include = settings[ReplicatorSettings.topicRegex]
        exclude = settings[ReplicatorSettings.excludeRegex]
        own = ReplicatorSettings.ownTopics(settings)
    }

    /// Compiles expressions: not for hot paths.
    func isChosen(_ name: String) -> Bool {
        !own.contains(name) && Self.matches(name, include) && (exclude.isEmpty || !Self.matches(name, exclude))
    }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        (try? Regex(pattern).wholeMatch(in: name)) ?? nil != nil
    }
}
