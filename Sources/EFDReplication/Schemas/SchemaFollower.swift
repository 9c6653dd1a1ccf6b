import EFDCore
import EFDRegistry

/// Replicates, on an interval, schemas that no record has needed yet: earlier and later versions of the copied topics'
/// subjects, and their compatibility levels.
///
/// Its first round runs at the start, so that records seldom wait for a schema, however distant the source's registry
/// is.
final class SchemaFollower: Sendable {
    private let source: RegistryClient
    private let target: RegistryClient
    private let strategy: any SchemaStrategy
    private let naming: SubjectNaming
    private let isChosen: @Sendable (_ topic: String) -> Bool
    private let interval: Double
    private let log: Log
    private let stop: StopToken
    private let done = Locked<Set<SubjectVersion>>([])
    private let levels: Counter

    init(
        source: RegistryClient, target: RegistryClient, strategy: any SchemaStrategy,
        naming: SubjectNaming = SubjectNaming(),
        interval: Double,
        metrics: Metrics, log: Log, stop: StopToken, isChosen: @escaping @Sendable (_ topic: String) -> Bool
    ) {
        (self.source, self.target, self.strategy, self.naming, self.interval) = (
            source, target, strategy, naming, interval
        )
        (self.log, self.stop, self.isChosen) = (log, stop, isChosen)
        levels = SchemaMetrics(metrics).levels
    }

    func run() {
        var backoff = Backoff(base: 1, cap: max(1, interval))
        var isStopped = false
        while !isStopped {
            do throws(EFDError) {
                try round()
                backoff.reset()
                isStopped = stop.wait(seconds: interval)
            } catch {
                log.warning("schemas cannot be replicated on the interval now, retrying", error)
                isStopped = stop.wait(seconds: backoff.next())
            }
        }
    }

    /// One round over every subject of a copied topic. Throws if a registry is unavailable.
    func round() throws(EFDError) {
        let subjects = try source.subjects().filter { SubjectNaming.topic(of: $0).map(isChosen) ?? false }
        let outage = Locked<EFDError?>(nil)
        let index = WorkIndex()
        let threads = ThreadGroup()
        for _ in 0..<min(SchemaLimits.followers, subjects.count) {
            threads.add(
                JoinableThread("schemas") { [self] in
                    while !stop.isStopped, outage.withLock({ $0 == nil }), let next = index.next(below: subjects.count)
                    {
                        if let error = follow(subjects[next]) { outage.withLock { $0 = error } }
                    }
                })
        }
        threads.join()
        if let error = outage.withLock({ $0 }) { throw error }
    }

    /// Returns the error if a registry is unavailable, as other subjects would fail too.
    private func follow(_ subject: String) -> EFDError? {
        do throws(EFDError) {
            for version in try source.versions(subject).sorted() {
                try follow(subject, version)
            }
            try followLevel(subject)
        } catch {
            if error.isRetriable { return error }
            // A record that needs it stalls its partition; without one a warning is enough.
            log.warning("a subject cannot be replicated", error.during("subject \(subject)"))
        }
        return nil
    }

    private func follow(_ subject: String, _ version: Int) throws(EFDError) {
        let registration = SubjectVersion(subject: subject, version: version)
        guard !done.withLock({ $0.contains(registration) }) else { return }
        guard let schema = try source.version(version, of: subject), let id = schema.id else { return }
        _ = try strategy.replicate(schema, id: id, as: registration)
        done.withLock { _ = $0.insert(registration) }
    }

    /// The effective level at the source, its own or the global one, becomes the subject's own at the target.
    private func followLevel(_ subject: String) throws(EFDError) {
        let there = naming.target(subject)
        guard let level = try source.compatibility(subject), try target.compatibility(there) != level else { return }
        try target.setCompatibility(level, for: there)
        levels.add()
        log.info(
            "compatibility level set at the target", ["subject": .text(subject), "level": .text(level.rawValue)])
    }
}
