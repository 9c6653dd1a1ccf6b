import EFDCore
import EFDRegistry

/// Brings over, on an interval, what no record asked for yet: earlier and later versions of the copied topics'
/// subjects, and their levels.
///
/// Its first round runs at the start: records then seldom wait for a schema, however far away the source's registry is.
final class SchemaFollower: Sendable {
    private let source: RegistryClient
    private let target: RegistryClient
    private let way: any SchemaStrategy
    private let naming: SubjectNaming
    private let wants: @Sendable (_ topic: String) -> Bool
    private let interval: Double
    private let log: Log
    private let stop: StopToken
    private let done = Locked<Set<SubjectVersion>>([])
    private let levels: Counter

    init(
        source: RegistryClient, target: RegistryClient, way: any SchemaStrategy,
        naming: SubjectNaming = SubjectNaming(),
        interval: Double,
        metrics: Metrics, log: Log, stop: StopToken, wants: @escaping @Sendable (_ topic: String) -> Bool
    ) {
        (self.source, self.target, self.way, self.naming, self.interval) = (source, target, way, naming, interval)
        (self.log, self.stop, self.wants) = (log, stop, wants)
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
                log.warning("the source's schemas cannot be followed now", error)
                isStopped = stop.wait(seconds: backoff.next())
            }
        }
    }

    /// One look at every subject of a topic that is copied. Throws when a registry is away.
    func round() throws(EFDError) {
        let subjects = try source.subjects().filter { SchemaPlace.topic(of: $0).map(wants) ?? false }
        let away = Locked<EFDError?>(nil)
        let cursor = WorkIndex()
        let workers = ThreadGroup()
        for _ in 0..<min(SchemaLimits.followers, subjects.count) {
            workers.add(
                JoinableThread("schemas") { [self] in
                    while !stop.isStopped, away.withLock({ $0 == nil }), let index = cursor.next(below: subjects.count)
                    {
                        if let error = follow(subjects[index]) { away.withLock { $0 = error } }
                    }
                })
        }
        workers.join()
        if let error = away.withLock({ $0 }) { throw error }
    }

    /// Returns what makes it useless to go on with others now.
    private func follow(_ subject: String) -> EFDError? {
        do throws(EFDError) {
            for version in try source.versions(subject).sorted() {
                try follow(SubjectVersion(subject: subject, version: version))
            }
            try followLevel(subject)
        } catch {
            if error.isRetriable { return error }
            // Records that need it stop their topic; without them it is worth a look only.
            log.warning("a subject cannot be followed", error.during("subject \(subject)"))
        }
        return nil
    }

    private func follow(_ place: SubjectVersion) throws(EFDError) {
        guard !done.withLock({ $0.contains(place) }) else { return }
        guard let schema = try source.version(place.version, of: place.subject), let id = schema.id else { return }
        _ = try way.bring(schema, id: id, to: SchemaPlace(place))
        done.withLock { _ = $0.insert(place) }
    }

    /// The level that holds at the source, its own or the global one, becomes the subject's own at the target.
    private func followLevel(_ subject: String) throws(EFDError) {
        let there = naming.target(subject)
        guard let level = try source.compatibility(subject), try target.compatibility(there) != level else { return }
        try target.setCompatibility(level, for: there)
        levels.add()
        log.info(
            "a compatibility level was set at the target", ["subject": .text(subject), "level": .text(level.rawValue)])
    }
}
