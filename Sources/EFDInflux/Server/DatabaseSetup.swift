import EFDCore
import EFDHTTP

/// Checks at start that points can be written, and creates the database and the retention policy if they are missing.
struct DatabaseSetup {
    struct DesiredDatabase {
        /// Nil: new policies keep points forever, and existing ones stay unchanged.
        var retention: Retention?
        var mayCreate = true
        var mayAlter = false
    }

    /// The server's state after the setup.
    struct ExistingDatabase: Equatable {
        var version = ""
        /// Seconds after which the retention policy drops points; nil: never, or unknown.
        var retention: Double?
    }

    let target: InfluxTarget
    let desired: DesiredDatabase
    let log: Log

    /// Throws if points cannot be stored: `.retry` if it may pass, otherwise `.intervene` with a remedy.
    func run() throws(EFDError) -> ExistingDatabase {
        var existing = ExistingDatabase()
        existing.version = try target.query.version()
        log.info(
            "InfluxDB answers",
            [
                "server": .text(target.url.authority),
                "version": .text(existing.version.isEmpty ? "unknown" : existing.version),
            ])
        if target.interface == .v1 { existing.retention = try preparePolicy() }
        try proveWritable()
        return existing
    }

    /// Returns the policy's duration.
    private func preparePolicy() throws(EFDError) -> Double? {
        let policies: [Policy]
        do {
            policies = try readPolicies()
        } catch  where error.code == .influxDatabaseMissing {
            try createDatabase()
            policies = try readPolicies()
        } catch  where error.code == .influxNotAllowed {
            log.warning("the retention policy cannot be checked: the user has no read permission", error)
            return nil
        }
        guard let policy = policies.first(where: { $0.name == target.retentionPolicy }) else {
            return try createPolicy()
        }
        return try reconcile(policy)
    }

    private struct Policy {
        let name: String
        /// Nil: forever.
        let seconds: Double?
    }

    private func readPolicies() throws(EFDError) -> [Policy] {
        let series = try target.query.run("SHOW RETENTION POLICIES ON \(database)")
        guard let names = series.first?["name"], let durations = series.first?["duration"] else { return [] }
        return zip(names, durations).map { name, duration in
            let seconds = Self.seconds(duration.string ?? "")
            return Policy(name: name.string ?? "", seconds: seconds == 0 ? nil : seconds)
        }
    }

    private func createDatabase() throws(EFDError) {
        let name = target.database
        let remedy =
            "Run as administrator: CREATE DATABASE "
            + "\(database)\(durationClause.isEmpty ? "" : " WITH\(durationClause)"); then GRANT WRITE ON it. In "
            + "2.x: create a bucket of that name."
        guard desired.mayCreate else {
            throw EFDError(
                .influxDatabaseMissing, "the database \(name) does not exist at \(target.url.authority)",
                remedy: "\(remedy) Or set --create-database.")
        }
        let isDefault = target.retentionPolicy == "autogen" && durationClause.isEmpty
        let policy =
            isDefault
            ? "" : " WITH\(durationClause.isEmpty ? " DURATION INF" : durationClause) REPLICATION 1 NAME \(policyName)"
        do {
            _ = try target.query.run("CREATE DATABASE \(database)\(policy)")
        } catch  where !error.isRetriable && error.code != .influxCredentialsRefused {
            throw EFDError(
                .influxDatabaseMissing, "the database \(name) does not exist and cannot be created: \(error.message)",
                remedy: remedy)
        }
        log.info("database created", ["database": .text(name), "retention": .text(desiredText)])
    }

    private func createPolicy() throws(EFDError) -> Double? {
        let statement =
            "CREATE RETENTION POLICY \(policyName) ON "
            + "\(database)\(durationClause.isEmpty ? " DURATION INF" : durationClause) REPLICATION 1"
        let missing = "the database \(target.database) has no retention policy \(target.retentionPolicy)"
        guard desired.mayCreate else {
            throw EFDError(.influxPolicyMissing, missing, remedy: "Run as administrator: \(statement)")
        }
        do {
            _ = try target.query.run(statement)
        } catch  where !error.isRetriable {
            throw EFDError(
                .influxPolicyMissing, "\(missing) and it cannot be created: \(error.message)",
                remedy: "Run as administrator: \(statement)")
        }
        log.info(
            "retention policy created", ["policy": .text(target.retentionPolicy), "retention": .text(desiredText)])
        return desiredSeconds
    }

    private func reconcile(_ policy: Policy) throws(EFDError) -> Double? {
        if desired.retention == nil || policy.seconds == desiredSeconds { return policy.seconds }
        let has = policy.seconds.map { Retention.seconds($0) } ?? .forever
        guard desired.mayAlter else {
            log.warning(
                "the retention policy has another duration: set --alter-retention to change it",
                ["policy": .text(policy.name), "has": .text(has.description), "desired": .text(desiredText)])
            return policy.seconds
        }
        let duration = durationClause.isEmpty ? " DURATION INF" : durationClause
        _ = try target.query.run("ALTER RETENTION POLICY \(policyName) ON \(database)\(duration)")
        log.info(
            "retention policy altered",
            ["policy": .text(policy.name), "from": .text(has.description), "to": .text(desiredText)])
        return desiredSeconds
    }

    /// Writes no lines, which stores nothing but checks the permission to write.
    private func proveWritable() throws(EFDError) {
        let answer = try HTTPClient(target.httpOptions).request(.post, target.writeURL, body: [])
        if case .failed(let error, _) = WriteAnswer.verdict(status: answer.status, body: answer.text) { throw error }
    }

    private var database: String { InfluxQuery.quoted(target.database) }
    private var policyName: String { InfluxQuery.quoted(target.retentionPolicy) }
    private var desiredSeconds: Double? { if case .seconds(let seconds) = desired.retention { seconds } else { nil } }
    private var desiredText: String { (desired.retention ?? .forever).description }
    private var durationClause: String { desiredSeconds.map { " DURATION \(Int($0))s" } ?? "" }

    /// `168h0m0s` in seconds.
    static func seconds(_ text: String) -> Double {
        var total = 0.0
        var digits = ""
        for character in text {
            if character.isNumber || character == "." {
                digits.append(character)
                continue
            }
            total += (Double(digits) ?? 0) * (["h": 3600, "m": 60, "s": 1][character] ?? 0)
            digits = ""
        }
        return total
    }
}
