import EFDCore

/// What `ensureTopics` found and made.
public struct EnsuredTopics: Sendable, Equatable {
    /// Names of topics that were missing.
    public let created: [String]
    /// Every topic that was asked for, by its name. Its partitions and properties may differ from those asked for.
    public let topics: [String: TopicDescription]
}

extension KafkaAdmin {
    /// Topics in one request: brokers answer when all of them have a leader.
    private static let topicsPerRequest = 200

    /// The names among `names` that the cluster does not have.
    ///
    /// It lists all topics: a broker with `auto.create.topics.enable` creates a topic that it is asked for by name.
    public func missingTopics(of names: [String]) throws(EFDError) -> [String] {
        let known = try known(Set(names))
        return names.filter { known[$0] == nil }
    }

    /// Creates those of `topics` that are missing, and waits until each of these has a leader for every partition.
    /// Topics that exist are never altered. One that somebody else creates meanwhile exists.
    ///
    /// - Throws: the first refusal of a topic, with its name; `kafka.topicPending`, which is retriable, when a topic
    ///   has no leader in time.
    @discardableResult
    public func ensureTopics(_ topics: [NewTopic]) throws(EFDError) -> EnsuredTopics {
        let names = Set(topics.map(\.name))
        var known = try known(names)
        let missing = topics.filter { known[$0.name] == nil }
        var created: [String] = []
        for start in stride(from: 0, to: missing.count, by: Self.topicsPerRequest) {
            let part = Array(missing[start..<min(start + Self.topicsPerRequest, missing.count)])
            for (name, result) in try createTopics(part) {
                switch result {
                case .created: created.append(name)
                case .alreadyExists: break
                case .failed(let error): throw error.during("creating the topic \(name)")
                }
            }
        }
        let deadline = MonotonicClock.seconds() + Double(timeoutMilliseconds) / 1000
        var backoff = Backoff(base: 0.05, cap: 1)
        while let pending = missing.first(where: { known[$0.name]?.hasLeaders != true }) {
            known = try self.known(names)
            if known[pending.name]?.hasLeaders == true { continue }
            guard MonotonicClock.seconds() < deadline else {
                throw EFDError(
                    .kafkaTopicPending,
                    "Kafka at \(handle.servers): the topic \(pending.name) was created and has no leader yet",
                    recovery: .retry)
            }
            MonotonicClock.sleep(seconds: backoff.next())
        }
        return EnsuredTopics(created: created, topics: known)
    }

    /// The same, repeated while the cluster does not answer or cannot create topics yet. nil: `stop` stopped first.
    ///
    /// - Parameter onRetry: gets each failure before the next attempt, for readiness and the log.
    /// - Throws: a refusal that does not pass by itself.
    public func ensureTopics(_ topics: [NewTopic], retrying stop: StopToken, onRetry: (EFDError) -> Void)
        throws(EFDError) -> EnsuredTopics?
    {
        try Backoff(base: 0.2, cap: 15).retrying(until: stop, onRetry: onRetry) { () throws(EFDError) in
            try ensureTopics(topics)
        }
    }

    private func known(_ names: Set<String>) throws(EFDError) -> [String: TopicDescription] {
        Dictionary(
            try describeTopics().filter { names.contains($0.name) }.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }
}

extension TopicDescription {
    fileprivate var hasLeaders: Bool { !partitions.isEmpty && partitions.allSatisfy { $0.leader >= 0 } }
}
