import EFDCore
import EFDKafka

/// The topics thread: finds the source's topics, creates and grows those of the target, syncs their properties, and
/// publishes the topics to copy.
final class TopicSynchronizer {
    private let source: KafkaAdmin
    private let target: KafkaAdmin
    private let catalogue: Catalogue
    private let naming: TopicNaming
    private let properties: TopicProperties
    private let metrics: ReplicatorMetrics
    private let context: ProgramContext
    private let sourceHasAdmin: Bool
    private let hasAdmin: Bool
    private let choice: TopicFilter
    /// Names that were checked, and whether to copy them.
    private var verdicts: [String: Bool] = [:]
    private var known: [String: CatalogueTopic] = [:]
    private var syncedAt = -Double.infinity
    /// A new topic is not known to all brokers yet: seconds until the next check, which comes soon.
    private var isIncomplete = false
    private static let soon = 0.5
    /// Maximum topics per request.
    static let topicsPerRequest = 200

    /// - Parameter sourceHasAdmin, hasAdmin: whether the cluster can describe (the target: and alter) topics'
    ///   properties; an embedded broker cannot.
    init(
        source: KafkaAdmin, target: KafkaAdmin, catalogue: Catalogue, sourceHasAdmin: Bool, hasAdmin: Bool,
        metrics: ReplicatorMetrics,
        context: ProgramContext
    ) throws(EFDError) {
        (self.source, self.target, self.catalogue) = (source, target, catalogue)
        (self.sourceHasAdmin, self.hasAdmin) = (sourceHasAdmin, hasAdmin)
        (self.metrics, self.context) = (metrics, context)
        choice = ReplicatorSettings.topicFilter(context.settings)
        naming = try TopicNaming(context.settings)
        properties = TopicProperties(context.settings)
    }

    func run() {
        var backoff = Backoff(base: 0.2, cap: 15)
        while !context.stop.isStopped {
            do throws(EFDError) {
                try refresh()
                backoff.reset()
                let interval = context.settings[TopicSettings.refreshInterval]
                context.stop.wait(seconds: isIncomplete ? min(Self.soon, interval) : interval)
            } catch {
                context.health.set("topics", isMet: false, error.description)
                context.log.warning("topics cannot be synchronized now, retrying", error)
                context.stop.wait(seconds: backoff.next())
            }
        }
    }

    private func refresh() throws(EFDError) {
        let found = try source.describeTopics().filter { isChosen($0.name) }
        var present = try partitionsAtTarget()
        let now = MonotonicClock.seconds()
        let isSyncDue =
            context.settings[TopicSettings.syncConfiguration]
            && now - syncedAt >= context.settings[TopicSettings.syncInterval]
        var ready: [String: CatalogueTopic] = [:]
        var problems: [String] = []
        var sources: [String: String] = [:]
        isIncomplete = false
        for start in stride(from: 0, to: found.count, by: Self.topicsPerRequest) {
            let part = Array(found[start..<min(start + Self.topicsPerRequest, found.count)])
            let unknown = part.filter { known[$0.name] == nil || present[naming.target($0.name)] == nil }
            let described =
                sourceHasAdmin
                ? try source.describeConfigurations(ofTopics: (isSyncDue ? part : unknown).map(\.name)) : [:]
            if try create(unknown.filter { present[naming.target($0.name)] == nil }, described, &problems) {
                present = try partitionsAtTarget()
            }
            for topic in part {
                if let other = sources.updateValue(topic.name, forKey: naming.target(topic.name)) {
                    problems.append(
                        "\(topic.name) and \(other) are both called \(naming.target(topic.name)) at the target: only "
                            + "the latter is copied"
                    )
                    continue
                }
                guard let entry = try entry(topic, described[topic.name], present: present, &problems) else { continue }
                ready[topic.name] = entry
            }
            if isSyncDue, hasAdmin, sourceHasAdmin {
                try sync(part.map(\.name).filter { ready[$0] != nil }, described, &problems)
            }
        }
        if isSyncDue { syncedAt = now }
        reportVanished(known.keys.filter { ready[$0] == nil && !found.map(\.name).contains($0) })
        known = ready
        metrics.topics.set(ready.count)
        catalogue.publish(ready.values.sorted { $0.name < $1.name })
        let more = problems.count > 5 ? "; and \(problems.count - 5) more" : ""
        context.health.set(
            "topics", isMet: problems.isEmpty,
            problems.isEmpty ? "\(ready.count) topics are copied" : problems.prefix(5).joined(separator: "; ") + more)
    }

    private func isChosen(_ name: String) -> Bool {
        if let verdict = verdicts[name] { return verdict }
        let verdict = choice.takes(name)
        verdicts[name] = verdict
        return verdict
    }

    /// The number of partitions of each topic at that cluster.
    private func partitionsAtTarget() throws(EFDError) -> [String: Int] {
        Dictionary(try target.describeTopics().map { ($0.name, $0.partitions.count) }, uniquingKeysWith: { $1 })
    }

    /// Returns whether any was missing.
    private func create(
        _ topics: [TopicDescription], _ described: [String: [TopicProperty]], _ problems: inout [String]
    ) throws(EFDError) -> Bool {
        guard context.settings[TopicSettings.create] else { return false }
        let wanted = topics.filter { topic in described[topic.name] != nil || !sourceHasAdmin }.map { topic in
            NewTopic(
                naming.target(topic.name), partitions: topic.partitions.count,
                replication: context.settings[TopicSettings.replication],
                configuration: hasAdmin ? properties.initial(source: described[topic.name] ?? []) : [:])
        }
        for (name, result) in try target.createTopics(wanted) {
            switch result {
            case .created:
                metrics.topicsCreated.add()
                context.log.info("topic created at the target", ["topic": .text(name)])
            case .alreadyExists: break
            case .failed(let error):
                context.log.warning("a topic cannot be created at the target", error)
                problems.append(error.description)
            }
        }
        return !wanted.isEmpty
    }

    /// The catalogue entry of a topic; nil: not ready yet.
    private func entry(
        _ topic: TopicDescription, _ described: [TopicProperty]?, present: [String: Int], _ problems: inout [String]
    ) throws(EFDError) -> CatalogueTopic? {
        let name = naming.target(topic.name)
        var partitions = present[name] ?? 0
        guard partitions > 0 else {
            isIncomplete = context.settings[TopicSettings.create]  // it is being created
            if !isIncomplete { problems.append("topic \(name) is missing at the target, and --create-topics is off") }
            return nil
        }
        if partitions < topic.partitions.count, hasAdmin {
            try target.createPartitions(ofTopic: name, total: topic.partitions.count)
            metrics.partitionsAdded.add()
            context.log.info(
                "topic has more partitions at the target",
                ["topic": .text(name), "partitions": .integer(topic.partitions.count)])
            partitions = topic.partitions.count
        }
        let codec = described?.first { $0.name == "compression.type" }.map(\.value) ?? known[topic.name]?.compression
        return CatalogueTopic(
            name: topic.name, target: name, partitions: min(partitions, topic.partitions.count),
            compression: compression(codec))
    }

    private func compression(_ ofSource: String?) -> String? {
        switch context.settings[ReplicatorSettings.compression] {
        case .source:
            switch ofSource {
            case "uncompressed", "none": "none"
            case "gzip", "snappy", "lz4", "zstd": ofSource
            default: nil
            }
        case let codec: codec.rawValue
        }
    }

    private func sync(_ names: [String], _ described: [String: [TopicProperty]], _ problems: inout [String])
        throws(EFDError)
    {
        let current = try target.describeConfigurations(ofTopics: names.map(naming.target))
        for name in names {
            guard let source = described[name], let target = current[naming.target(name)] else { continue }
            let wanted = properties.wanted(source: source, target: target)
            let own = Dictionary(target.filter(\.isOwn).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            guard wanted != own else { continue }
            do throws(EFDError) {
                try self.target.setConfiguration(ofTopic: naming.target(name), wanted)
                metrics.configurations.add()
                context.log.info("topic properties synced with the source", ["topic": .text(naming.target(name))])
            } catch {
                if error.isRetriable { throw error }
                context.log.warning("a topic's properties cannot be changed", error)
                problems.append(error.description)
            }
        }
    }

    /// Deletions are never followed.
    private func reportVanished(_ names: [String]) {
        for name in names {
            context.log.warning(
                "a source topic was deleted; its copy at the target stays",
                ["topic": .text(name), "target": .text(naming.target(name))])
        }
    }
}
