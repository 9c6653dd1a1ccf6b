import EFDCore

/// The result of `ensureTopics`.
public struct EnsuredTopics: Sendable, Equatable {
    /// Names of topics that it created.
    public let created: [String]
    /// Every requested topic, by its name. Its partitions and properties may differ from the requested ones.
    public let topics: [String: TopicDescription]
}

extension KafkaAdmin {
    /// Maximum topics per request: brokers answer when all of them have a leader.
    private static let topicsPerRequest = 200

    /// The names among `names` that the cluster does not have.
    ///
    /// Lists all topics: a broker with `auto.create.topics.enable` creates a topic that is requested by name.
    public func missingTopics(of names: [String]) throws(EFDError) -> [String] {
        let known = try known(Set(names))
        return names.filter { known[$0] == nil }
    }

    /// Creates those of `topics` that are missing, and waits until each of these has a leader for every partition.
    /// Existing topics are never altered. Tolerates topics that others create concurrently.
    ///
    /// - Throws: the first error of a topic, with its name; `kafka.topicPending`, which is retriable, if a topic has no
    ///   leader in time.
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

    /// The same, retried while the cluster does not answer or cannot create topics yet. nil: `stop` stopped first.
    ///
    /// - Parameter onRetry: receives each failure before the next attempt, for readiness and the log.
    /// - Throws: an error that is not retriable.
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
