import EFDCore
import EFDHTTP
import EFDTestKit
import Testing

@testable import EFDInflux

/// Against a real server.
@Suite("Database and retention policy at start")
struct DatabaseSetupTests {
    let server: TestInflux
    init() throws { server = try TestInflux.shared.get() }

    private func target(_ database: String) throws -> InfluxTarget {
        InfluxTarget(url: try HTTPURL(server.url), database: database)
    }

    @discardableResult
    private func run(_ target: InfluxTarget, _ desired: DatabaseSetup.DesiredDatabase = .init()) throws
        -> DatabaseSetup.ExistingDatabase
    {
        try DatabaseSetup(target: target, desired: desired, log: .silent).run()
    }

    private func duration(_ database: String, _ policy: String = "autogen") throws -> String? {
        let series = try target(database).query.run("SHOW RETENTION POLICIES ON \(InfluxQuery.quoted(database))")
        guard let names = series.first?["name"], let index = names.firstIndex(of: .string(policy)) else { return nil }
        return series.first?["duration"]?[index].string
    }

    @Test("A missing database is created with the configured retention; the second start finds it")
    func creates() throws {
        let findings = try run(target("setup forever"))
        #expect(findings.version == server.version && findings.retention == nil)
        #expect(try duration("setup forever") == "0s")
        var desired = DatabaseSetup.DesiredDatabase()
        desired.retention = .seconds(30 * 86400)
        #expect(try run(target(#"setup "month""#), desired).retention == 30 * 86400)
        #expect(try duration(#"setup "month""#) == "720h0m0s")
        #expect(try run(target(#"setup "month""#), desired).retention == 30 * 86400)
    }

    @Test("A missing retention policy is created beside the others")
    func createsPolicy() throws {
        try run(target("setup policies"))
        var target = try target("setup policies")
        target.retentionPolicy = "two weeks"
        #expect(try run(target, .init(retention: .seconds(14 * 86400))).retention == 14 * 86400)
        #expect(try duration("setup policies", "two weeks") == "336h0m0s")
        target.retentionPolicy = "none"
        #expect { try run(target, .init(mayCreate: false)) } throws: {
            ($0 as? EFDError)?.code == "influx.policyMissing"
        }
    }

    @Test("An existing duration stays, unless altering is allowed")
    func alters() throws {
        try run(target("setup alter"), .init(retention: .seconds(86400)))
        #expect(try run(target("setup alter")).retention == 86400)
        #expect(try run(target("setup alter"), .init(retention: .seconds(7200))).retention == 86400)
        #expect(try duration("setup alter") == "24h0m0s")
        #expect(
            try run(target("setup alter"), .init(retention: .seconds(2 * 86400), mayAlter: true)).retention == 2 * 86400
        )
        #expect(try duration("setup alter") == "48h0m0s")
        #expect(try run(target("setup alter"), .init(retention: .forever, mayAlter: true)).retention == nil)
        #expect(try duration("setup alter") == "0s")
    }

    @Test("A missing database without permission to create it needs a person; the error has the statement")
    func mayNotCreate() throws {
        #expect { try run(target("setup none"), .init(mayCreate: false)) } throws: { error in
            let error = error as? EFDError
            return error?.code == "influx.databaseMissing" && error?.recovery == .intervene
                && error?.remedy.contains(#"CREATE DATABASE "setup none""#) == true
        }
    }

    @Test("An unreachable server is retriable")
    func gone() throws {
        let target = InfluxTarget(url: try HTTPURL("http://127.0.0.1:1"), database: "x")
        #expect { try run(target) } throws: { ($0 as? EFDError)?.recovery == .retry }
    }
}

@Suite("Login")
struct LoginTests {
    @Test("Wrong password, no login, a user without rights, and a user who may only write")
    func logins() throws {
        let server = try TestInflux(auth: true)
        defer { server.stop() }
        let administrator = try HTTPCredentials.basic(user: #require(server.user), password: #require(server.password))
        func setup(_ credentials: HTTPCredentials?, _ database: String = "efd") throws -> DatabaseSetup.ExistingDatabase
        {
            var target = InfluxTarget(url: try HTTPURL(server.url), database: database)
            target.credentials = credentials
            return try DatabaseSetup(target: target, desired: .init(), log: .silent).run()
        }
        func expectRefusal(
            _ credentials: HTTPCredentials?, _ code: EFDError.Code, in database: String = "efd", saying text: String
        ) {
            #expect { try setup(credentials, database) } throws: { error in
                guard let error = error as? EFDError else { return false }
                #expect(error.code == code && error.recovery == .intervene, "\(error)")
                #expect("\(error)".contains(text) && !"\(error)".contains("pw-of-writer"), "\(error)")
                return true
            }
        }
        _ = try setup(administrator)
        let query = InfluxQuery(try HTTPURL(server.url), credentials: administrator)
        for user in ["writer", "nobody"] { _ = try query.run("CREATE USER \(user) WITH PASSWORD 'pw-of-writer'") }
        _ = try query.run("GRANT WRITE ON efd TO writer")
        expectRefusal(nil, "influx.credentialsRefused", saying: "--influxdb-user")
        expectRefusal(
            .basic(user: "admin", password: "wrong"), "influx.credentialsRefused", saying: "--influxdb-password")
        expectRefusal(.basic(user: "nobody", password: "pw-of-writer"), "influx.notAllowed", saying: "GRANT WRITE")
        expectRefusal(
            .basic(user: "writer", password: "pw-of-writer"), "influx.databaseMissing", in: "missing",
            saying: "--influxdb-database")
        // Who may write but not read can do the job: the retention policy stays unknown.
        #expect(try setup(.basic(user: "writer", password: "pw-of-writer")).retention == nil)
    }
}
